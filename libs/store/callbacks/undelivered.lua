-- The callbacks of an env that failed and are not delivered since, by the time (ms) of the last failure. Gone when nothing has
-- failed for as long as records are kept. One in 16 trims the list.
local MOST_UNDELIVERED = 1000

local function undelivered_of(record)
  local text = redis.call('HGET', record, 'terms')
  return text and string.match(record, '^.-}') .. ':undelivered:' .. spec_of(text).env
end

local function list_undelivered(record, id, now)
  local list = undelivered_of(record)
  if not list then return end
  redis.call('ZADD', list, now, id)
  local keep_ms = redis.call('PTTL', record)
  if keep_ms > 0 and redis.call('PTTL', list) < keep_ms then redis.call('PEXPIRE', list, math.floor(1.1 * keep_ms)) end
  if string.sub(id, 1, 1) == '0' then redis.call('ZREMRANGEBYRANK', list, 0, -1 - MOST_UNDELIVERED) end
end

local function unlist_undelivered(record, id)
  local list = undelivered_of(record)
  if list then redis.call('ZREM', list, id) end
end
