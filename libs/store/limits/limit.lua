-- A function's own limit (`maxRunning` of its records): so many of its calls hold a permit, those that run and those that
-- stand in a queue. The others are held back in a queue of the function's own, without a turn, until a permit is given back.
-- permits: the ids that hold one. held: the ids that are held back, the next one first.

-- Among its own, a step of priority counts like so many ms of waiting.
local MS_AHEAD = 60000

-- Of a record. A script that has these keys takes them as they are: { permits, held }.
local function limit_of(record, spec)
  local tag, name = string.match(record, '^.-}'), name_of(spec)
  return { permits = tag .. ':permits:' .. name, held = tag .. ':held:' .. spec.queue .. ':' .. name }
end

-- May it join its queue? When not, it is held back from now on.
local function permitted(limit, id, max, priority, now)
  if redis.call('SISMEMBER', limit.permits, id) == 1 then return true end
  local next = redis.call('ZRANGE', limit.held, 0, 0)[1]
  if redis.call('SCARD', limit.permits) < tonumber(max) and (not next or next == id) then
    redis.call('ZREM', limit.held, id)
    redis.call('SADD', limit.permits, id)
    return true
  end
  redis.call('ZADD', limit.held, 'NX', now - MS_AHEAD * (priority or 0), id)
  return false
end

-- A call needs its permit no longer: the next one has it, and joins its queue at its check, which is due. Answers the
-- next one's id, so that the caller may check it at once; '' when there is none.
local function give_back(limit, open, id, max, now)
  redis.call('ZREM', limit.held, id)
  if redis.call('SREM', limit.permits, id) == 0 then return '' end
  local first = ''
  while redis.call('SCARD', limit.permits) < tonumber(max) do
    local next = redis.call('ZPOPMIN', limit.held)[1]
    if not next then break end
    redis.call('SADD', limit.permits, next)
    schedule_queued(open, next, now)
    if first == '' then first = next end
  end
  return first
end
