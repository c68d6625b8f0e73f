-- callSpec.lua, dueIndex.lua, readyQueue.lua, serves.lua, wake.lua and unpacked.lua are included before.

-- Undoes a start, at no cost to the call. It stands in its queue as before, with its turn and its age. `record`: a hash that
-- runs. Answers 'cancel' when its caller has asked for its end meanwhile: it is out of its queue, and its check is due.
local function undo_start(record, open, lane, id, check_ms, now)
  local r = redis.call('HMGET', record, 'attempt', 'terms', 'turn', 'attempts', 'queuedAt', 'notBefore', 'expiresAt', 'cancelAsked',
    'watchers')
  local spec = spec_of(r[2])
  local name = name_of(spec)
  redis.call('HSET', record, 'status', 'queued', 'attempt', r[1] - 1)
  redis.call('HDEL', record, 'leaseUntil', 'leaseMs', 'suspectAt', 'deadline', 'tokenHash', 'startedAt', 'worker')
  -- The fields that tell the last attempt tell the one before again.
  if r[4] then
    local past = cjson.decode('[' .. r[4] .. ']')
    redis.call('HSET', record, 'startedAt', string.format('%.0f', past[#past].startedAt), 'worker', past[#past].worker)
  end
  redis.call('ZADD', lane.queued, 'NX', math.max(r[5], r[6] or 0), id)
  wake(r[9], id)
  if r[8] then
    schedule_queued(open, id, now)
    return 'cancel'
  end
  schedule_queued(open, id, math.min(now + check_ms, tonumber(r[7])))
  put_back(record, lane, name, id, r[3], spec.priority)
  ring(lane, name)
  return 'back'
end
