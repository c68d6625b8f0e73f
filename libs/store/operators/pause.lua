#!lua flags=allow-oom
-- Holds back what is named, or lets it go. Said twice it does the same.
-- KEYS: lanes[queued, ready, turns] (each that it may concern)
-- ARGV: verb ('pause' or 'resume'), what ('queue:<queue>' or 'function:<env>:<function>'), keepMs (of the log)
-- Answers 1 when that changed anything, else 0.
-- include clock
-- include lane
-- include readyQueue
-- include serves

-- As many pauses that are over are remembered of each.
local MOST_LOGGED = 100

local any, what, now = KEYS.lanes[KEYS.lanes.first].queued, ARGV.what, clock()
local pauses, log = pauses_beside(any), pause_log_beside(any)

local function each_lane(act)
  for i = KEYS.lanes.first, KEYS.lanes.last, KEYS.lanes.step do
    act(lane_of(KEYS.lanes[i].queued, KEYS.lanes[i].ready, KEYS.lanes[i].turns))
  end
end

if ARGV.verb == 'pause' then
  local changed = redis.call('HSETNX', pauses, what, now)
  each_lane(function(lane) redis.call('ZADD', lane.fronts, '-inf', PAUSED) end)
  return changed
end

local since = redis.call('HGET', pauses, what)
redis.call('HDEL', pauses, what)
if since then
  local spans = {}
  for from, to in string.gmatch(redis.call('HGET', log, what) or '', '(%d+)-(%d+)') do
    if tonumber(to) > now - ARGV.keepMs then table.insert(spans, from .. '-' .. to) end
  end
  table.insert(spans, string.format('%s-%.0f', since, now))
  while #spans > MOST_LOGGED do table.remove(spans, 1) end
  redis.call('HSET', log, what, table.concat(spans, ' '))
  redis.call('PEXPIRE', log, ARGV.keepMs)
end
local is_last = redis.call('EXISTS', pauses) == 0
each_lane(function(lane)
  if is_last then redis.call('ZREM', lane.fronts, PAUSED) end
  if not since then return end
  -- Wake the workers that serve what has waited.
  for _, name in ipairs(redis.call('ZRANGE', lane.fronts, 0, -1)) do
    if name ~= PAUSED then ring(lane, name, math.min(MOST_RINGS, redis.call('ZCARD', lane.own .. name))) end
  end
end)
return since and 1 or 0
