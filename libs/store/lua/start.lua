-- Starts attempts. `by`: who starts it, {worker, leaseMs, tokenHash}. The token is new for every start.
local START_FIELDS = { 'status', 'attempt', 'expiresAt', 'mode', 'timeoutMs', 'terms', 'data', 'origin', 'queuedAt', 'tokenHash',
  'deadline', 'retainMs', 'turn', 'notBefore', 'losses', 'runAt', 'watchers', 'traceparent' }
-- So many that cannot start are passed over for one that can; each has its end, or a look that is due.
local PASSED_OVER = 20

-- The last one is nil when there is none: an answer of Redis ends there.
local function started(r, id, attempt, limit_ms, now)
  local ready = math.max(tonumber(r[9]), tonumber(r[14] or 0))
  return { 'claimed', id, attempt, limit_ms, r[4], r[6], r[7], r[8], now - ready, tonumber(r[5]), tonumber(r[15] or 0),
    now - (r[16] or r[9]), tonumber(r[12]), now, r[18] or nil }
end

-- `popped`: it has left the line already. Answers {'claimed', id, attempt, ms until the deadline, fields…} |
-- {'busy'} (it runs, or its time has not come) | {'late'} (the sweeper ends it) | {'ended'} | {'unknown'}. A running record is
-- never taken over here, even when its lease is over: only the sweeper declares a worker dead (sweep.lua tells why).
local function start(record, open, lane, id, by, now, popped)
  local r = redis.call('HMGET', record, unpack(START_FIELDS))
  local status = r[1]
  if not r[6] then return { 'unknown' } end
  if status == 'running' then
    -- The same token again: the reply was lost with its connection, and the command was sent once more.
    if r[10] == by.token_hash then return started(r, id, tonumber(r[2]), r[11] - now, now) end
    return { 'busy' }
  end
  if status ~= 'queued' and status ~= 'retrying' then return { 'ended' } end
  -- Who has no turn is not in the line: its time has not come.
  if not r[13] then return { 'busy' } end
  if now >= tonumber(r[3]) then
    look_at_queued(open, id, now)
    return { 'late' }
  end
  local attempt = r[2] + 1
  -- Time in the queue counts for a sync call, which is over when it expires; an async call has its whole limit for the run.
  local deadline = now + r[5]
  if r[4] == 'sync' then deadline = tonumber(r[3]) end
  redis.call('HSET', record, 'status', 'running', 'attempt', attempt, 'startedAt', now, 'worker', by.worker, 'leaseUntil',
    now + by.lease_ms, 'leaseMs', by.lease_ms, 'deadline', deadline, 'tokenHash', by.token_hash)
  if not popped then redis.call('ZREM', lane.line, id) end
  served(lane, id, r[13])
  look_at_running(open, id, now + by.lease_ms)
  wake(r[17], id)
  return started(r, id, attempt, deadline - now, now)
end

-- The record of another call of the same line, which is of the same partition.
local function record_beside(record, id, other)
  return string.sub(record, 1, -1 - #id) .. other
end

-- Whoever is next in the line and can be started.
local function start_next(record, id, open, lane, by, now)
  for _ = 1, PASSED_OVER do
    local next = redis.call('ZPOPMIN', lane.line)[1]
    if not next then return nil end
    local answer = start(record_beside(record, id, next), open, lane, next, by, now, true)
    if answer[1] == 'claimed' then return answer end
  end
  return nil
end
