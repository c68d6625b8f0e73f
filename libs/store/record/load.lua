#!lua flags=no-writes
-- What waits in a lane: as many calls as a new slot could start, as many as none could, and how long the first of the former
-- has waited. Costs what functions wait there, and not what calls do.
-- KEYS: queued, ready, turns, held[] (of each function of the lane with a limit: the queue of what its limit holds back)
-- ARGV: envPrefix ('<env>:', whose calls count, or '' for those of all envs)
-- Answers {depth, held, oldestAgeMs}
-- include clock
-- include lane
-- include readyQueue

local lane, prefix, now = lane_of(KEYS.queued, KEYS.ready, KEYS.turns), ARGV.envPrefix, clock()
-- So many of a queue are asked when they came: those of a higher priority may stand before an older one.
local FIRST = 20
local fronts = redis.call('ZRANGE', lane.fronts, 0, -1)
local has_pause = fronts[1] == PAUSED
local pauses = pauses_beside(lane.queued)
local all_held = has_pause and redis.call('HEXISTS', pauses, 'queue:' .. queue_of(lane.ready)) == 1
local depth, held, since = 0, 0, now
for _, name in ipairs(fronts) do
  if name ~= PAUSED and string.sub(name, 1, #prefix) == prefix then
    local count = redis.call('ZCARD', lane.own .. name)
    if all_held or (has_pause and redis.call('HEXISTS', pauses, 'function:' .. name) == 1) then held = held + count
    else
      depth = depth + count
      for _, id in ipairs(redis.call('ZRANGE', lane.own .. name, 0, FIRST - 1)) do
        since = math.min(since, tonumber(redis.call('ZSCORE', lane.queued, id) or now))
      end
    end
  end
end
for i = KEYS.held.first, KEYS.held.last do held = held + redis.call('ZCARD', KEYS.held[i]) end
return { depth, held, math.floor(now - since) }
