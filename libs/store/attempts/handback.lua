#!lua flags=allow-oom
-- A worker hands back a call that it was given and cannot serve: the start is undone, at no cost to the call. It stands in
-- its queue as before, with its turn and its age. Fenced by the token of the start, so that said twice it undoes one start.
-- KEYS: record, open, queued, ready, turns
-- ARGV: id, attempt, tokenHash, checkMs
-- Answers 'back', 'cancel' (out of its queue, since its caller asked for its end meanwhile: cancel it; else the sweeper does,
--   whose look is due), or 'lost' when fenced.
-- include clock
-- include dueIndex
-- include callSpec
-- include readyQueue
-- include serves
-- include wake
-- include unpacked

local record, open, lane, id = KEYS.record, KEYS.open, lane_of(KEYS.queued, KEYS.ready, KEYS.turns), ARGV.id
unpacked(record)
local r = redis.call('HMGET', record, 'status', 'attempt', 'tokenHash', 'terms', 'turn', 'attempts', 'queuedAt', 'notBefore',
  'expiresAt', 'cancelAsked', 'watchers')
if r[1] ~= 'running' or r[2] ~= ARGV.attempt or r[3] ~= ARGV.tokenHash then return 'lost' end

local now, spec = clock(), spec_of(r[4])
local name = name_of(spec)
redis.call('HSET', record, 'status', 'queued', 'attempt', r[2] - 1)
redis.call('HDEL', record, 'leaseUntil', 'leaseMs', 'suspectAt', 'deadline', 'tokenHash', 'startedAt', 'worker')
-- The fields that tell the last attempt tell the one before again.
if r[6] then
  local past = cjson.decode('[' .. r[6] .. ']')
  redis.call('HSET', record, 'startedAt', string.format('%.0f', past[#past].startedAt), 'worker', past[#past].worker)
end
redis.call('ZADD', lane.queued, 'NX', math.max(r[7], r[8] or 0), id)
wake(r[11], id)
if r[10] then
  schedule_queued(open, id, now)
  return 'cancel'
end
schedule_queued(open, id, math.min(now + ARGV.checkMs, tonumber(r[9])))
put_back(record, lane, name, id, r[5], spec.priority)
ring(lane, name)
return 'back'
