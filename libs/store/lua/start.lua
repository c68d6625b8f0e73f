-- Starts attempts. `by`: who starts it, {worker, lease_ms, token_hash}. The token is new for every start.
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

-- Of one that has left its line, whose front stood at `front`. Answers {'claimed', id, attempt, ms until the deadline,
-- fields…}, or nil when it cannot be started: it has ended, runs, or is too late (the sweeper ends it). A running record is
-- never taken over here, even when its lease is over: only the sweeper declares a worker dead (sweep.lua tells why).
local function start(record, open, lane, id, by, now, front)
  local r = redis.call('HMGET', record, unpack(START_FIELDS))
  -- Who has no turn is not in the line: its time has not come.
  if not r[6] or (r[1] ~= 'queued' and r[1] ~= 'retrying') or not r[13] then return nil end
  if now >= tonumber(r[3]) then
    look_at_queued(open, id, now)
    return nil
  end
  local attempt = r[2] + 1
  -- Time in the queue counts for a sync call, which is over when it expires; an async call has its whole limit for the run.
  local deadline = now + r[5]
  if r[4] == 'sync' then deadline = tonumber(r[3]) end
  redis.call('HSET', record, 'status', 'running', 'attempt', attempt, 'startedAt', now, 'worker', by.worker, 'leaseUntil',
    now + by.lease_ms, 'leaseMs', by.lease_ms, 'deadline', deadline, 'tokenHash', by.token_hash)
  served(lane, id, r[13], front)
  look_at_running(open, id, now + by.lease_ms)
  wake(r[17], id)
  return started(r, id, attempt, deadline - now, now)
end

-- The reply was lost with its connection, and the command was sent once more: the same token has the same claim.
local function started_before(record, id, token_hash, now)
  local r = redis.call('HMGET', record, unpack(START_FIELDS))
  if r[1] ~= 'running' or r[10] ~= token_hash then return nil end
  return started(r, id, tonumber(r[2]), r[11] - now, now)
end

-- Starts whoever is next of those that this kind of worker serves. `prefix`: of the keys of records; `ours`: a function that
-- it is known to serve. Answers it, or nil;
-- then also whether that is because nobody waits.
local function start_next(prefix, open, lane, digest, by, now, ours)
  for _ = 1, PASSED_OVER do
    local name, front = next_served(lane, digest, now, ours)
    if not name then return nil, true end
    local id = redis.call('ZPOPMIN', lane.own .. name)[1]
    local answer = id and start(prefix .. id, open, lane, id, by, now, front)
    come_forward(lane, name, front + 1)
    if answer then return answer end
  end
  return nil, false
end
