-- The failures of a function: the newest calls that failed for good, sync ones too, by the time (ms) of their end. Gone when
-- nothing has failed for as long as records are kept. One in 16 trims the list.
local MOST_FAILURES = 1000

local function list_failure(record, id, now, keep_ms)
  local list = string.match(record, '^.-}') .. ':failed:' .. name_of(spec_of(redis.call('HGET', record, 'terms')))
  redis.call('ZADD', list, now, id)
  if redis.call('PTTL', list) < keep_ms then redis.call('PEXPIRE', list, math.floor(1.1 * keep_ms)) end
  if string.sub(id, 1, 1) == '0' then redis.call('ZREMRANGEBYRANK', list, 0, -1 - MOST_FAILURES) end
end
