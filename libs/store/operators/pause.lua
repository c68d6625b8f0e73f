#!lua flags=allow-oom
-- Holds back what is named, or lets it go. Said twice it does the same.
-- KEYS: queued, line and turns of each lane that it may concern
-- ARGV: 'pause' or 'resume', what ('queue:<queue>' or 'function:<env>:<function>'), format, keepMs (of the log)
-- Answers 1 when that changed anything, else 0.
-- include clock
-- include shared
-- include line
-- include serves

-- As many pauses that are over are remembered of each.
local MOST_LOGGED = 100

local what, now = ARGV[2], clock()
local pauses, log = pauses_beside(KEYS[1]), pause_log_beside(KEYS[1])

local function each_lane(act)
  for first = 1, #KEYS, 3 do act(lane_keys(first, ARGV[3])) end
end

if ARGV[1] == 'pause' then
  local changed = redis.call('HSETNX', pauses, what, now)
  each_lane(function(lane) redis.call('ZADD', lane.fronts, '-inf', PAUSED) end)
  return changed
end

local since = redis.call('HGET', pauses, what)
redis.call('HDEL', pauses, what)
if since then
  local spans = {}
  for from, to in string.gmatch(redis.call('HGET', log, what) or '', '(%d+)-(%d+)') do
    if tonumber(to) > now - ARGV[4] then table.insert(spans, from .. '-' .. to) end
  end
  table.insert(spans, string.format('%s-%.0f', since, now))
  while #spans > MOST_LOGGED do table.remove(spans, 1) end
  redis.call('HSET', log, what, table.concat(spans, ' '))
  redis.call('PEXPIRE', log, ARGV[4])
end
local is_last = redis.call('EXISTS', pauses) == 0
each_lane(function(lane)
  if is_last then redis.call('ZREM', lane.fronts, PAUSED) end
  if not since then return end
  -- Whoever serves what has waited hears of it.
  for _, name in ipairs(redis.call('ZRANGE', lane.fronts, 0, -1)) do
    if name ~= PAUSED then ring(lane, name, math.min(MOST_RINGS, redis.call('ZCARD', lane.own .. name))) end
  end
end)
return since and 1 or 0
