-- Starts attempts. `by`: who starts them, {worker, lease_ms}. The token is new for every start.
-- callSpec.lua, readyQueue.lua, serves.lua, wake.lua and packed.lua are included before.
local START_FIELDS = { 'status', 'attempt', 'expiresAt', 'mode', 'timeoutMs', 'terms', 'data', 'origin', 'queuedAt', 'retainMs',
  'turn', 'runAt', 'watchers', 'traceparent' }
-- So many that cannot start are passed over for one that can; each has its end, or a check that is due.
local PASSED_OVER = 20

-- Few are too late, so the functions for those are made when one comes. Answers the START_FIELDS of the record, which is a hash from
-- then on, and when it expires.
local when_late = function(record, now)
-- include unpacked
-- include extended
unpacked(record)
local r = redis.call('HMGET', record, unpack(START_FIELDS))
return r, extended(record, r[4], tonumber(r[3]), now)
end

-- When an attempt that starts now has to be over, as text, and how many ms that are. Time in the queue counts for a sync call, which
-- is over when it expires; an async call has its whole limit for the run.
local function deadline_of(mode, expires_text, timeout_ms, now)
  if mode == 'sync' then return expires_text, expires_text - now end
  return text_of(now + timeout_ms), timeout_ms
end

-- `r`: its START_FIELDS as they were before the start. Answers values, of which the last one is nil when there is none: an
-- answer of Redis ends there.
local function started(record, r, id, attempt, limit_ms, now)
  local ready, losses = tonumber(r[9]), 0
  if r[2] ~= '0' or r[12] then
    -- It was to wait for its time, or has a past.
    local past = redis.call('HMGET', record, 'notBefore', 'losses')
    ready, losses = math.max(ready, tonumber(past[1] or 0)), past[2] or 0
  end
  return 'claimed', id, attempt, limit_ms, r[4], r[6], r[7], r[8], now - ready, r[5], losses, now - (r[12] or r[9]), r[10], now,
    r[14] or nil
end

-- Of one that has left its queue, whose front stood at `front`. `at`: {now, the same as text, text of when the lease is over}.
-- Answers nil when it cannot be started: it has ended, runs, or is too late (the sweeper ends it). Else what the worker learns of
-- it: 'packed', id, the packed record as it was, the line of its run; or of a hash 'claimed', id, attempt, ms until the deadline,
-- fields…. A running record is never taken over here, even when its lease is over: only the sweeper declares a worker dead
-- (sweep.lua tells why).
local function start(record, open, lane, id, by, token_hash, at, front)
  local now, r = at.now, nil
  local text = packed_text(record)
  if text then
    local mode, expires_text, timeout_ms, turn = packed_plan(text)
    if not mode then return nil end
    if now < tonumber(expires_text) then
      local run = '\n' .. at.text .. ' ' .. by.worker .. ' ' .. at.lease_until .. ' ' .. by.lease_ms .. ' '
        .. deadline_of(mode, expires_text, timeout_ms, now) .. ' ' .. token_hash
      redis.call('APPEND', record, run)
      turn_is_served(lane, tonumber(turn), front)
      return 'packed', id, text, run
    end
  else
    r = redis.call('HMGET', record, unpack(START_FIELDS))
    -- Who has no turn is not in the line: its time has not come.
    if not r[6] or (r[1] ~= 'queued' and r[1] ~= 'retrying') or not r[11] then return nil end
  end
  if not r or now >= tonumber(r[3]) then
    local expires_at
    r, expires_at = when_late(record, now)
    if now >= expires_at then
      schedule_queued(open, id, now)
      return nil
    end
  end
  local attempt = '1'
  if r[2] ~= '0' then attempt = text_of(r[2] + 1) end
  local deadline, limit_ms = deadline_of(r[4], r[3], r[5], now)
  redis.call('HSET', record, 'status', 'running', 'attempt', attempt, 'startedAt', at.text, 'worker', by.worker, 'leaseUntil',
    at.lease_until, 'leaseMs', by.lease_ms, 'deadline', deadline, 'tokenHash', token_hash)
  turn_is_served(lane, tonumber(r[11]), front)
  wake(r[13], id)
  return started(record, r, id, attempt, limit_ms, now)
end

-- The reply was lost with its connection, and the command was sent once more: the same token has the same claim.
local function started_before(record, id, token_hash, now)
  local text = packed_text(record)
  if text then
    -- The hash is the last word of one that runs.
    if string.sub(text, 1, 5) ~= 'open ' or string.sub(text, -1 - #token_hash) ~= ' ' .. token_hash then return nil end
    return 'packed', id, text, '', now
  end
  local r = redis.call('HMGET', record, unpack(START_FIELDS))
  if r[1] ~= 'running' then return nil end
  local deadline, known_hash = unpack(redis.call('HMGET', record, 'deadline', 'tokenHash'))
  if known_hash ~= token_hash then return nil end
  return started(record, r, id, r[2], deadline - now, now)
end

-- Starts those that are next of what this kind of worker serves, one for each of `token_hashes`. `prefix`: of the keys of
-- records; `ours`: a function that it is known to serve. `of_ends`: each claim is the answer to an end, and begins with 1, ''.
-- Answers the ids, and what `start` answers of each, in the order of the tokens; and whether nobody waits any more that it serves,
-- false when it does not know.
local function start_those_next(prefix, open, lane, digest, by, token_hashes, now, of_ends, ours)
  local wanted = #token_hashes
  if wanted == 0 then return {}, {}, false end
  local ids, claims, count, passed, none_served = {}, {}, 0, 0, false
  local lease_until = now + by.lease_ms
  local at = { now = now, text = text_of(now), lease_until = text_of(lease_until) }
  while count < wanted and passed < PASSED_OVER do
    local name, front, alone = next_served(lane, digest, now, ours)
    if not name then
      none_served = true
      break
    end
    -- Where several lines wait each call takes its turn among them; one line alone is taken from in its order.
    local most = alone and wanted - count or 1
    local popped = redis.call('ZPOPMIN', lane.own .. name, most)
    for i = 1, #popped, 2 do
      local id = popped[i]
      if i > 1 then front = front_at(lane, tonumber(popped[i + 1]), front + 1) end
      local record, token_hash, claim = prefix .. id, token_hashes[count + 1], nil
      if of_ends then claim = { 1, '', start(record, open, lane, id, by, token_hash, at, front) }
      else claim = { start(record, open, lane, id, by, token_hash, at, front) } end
      if claim[of_ends and 3 or 1] then
        count = count + 1
        ids[count], claims[count] = id, claim
      else passed = passed + 1 end
    end
    local has_more = false
    -- With fewer than were asked for, that were all.
    if #popped < 2 * most then redis.call('ZREM', lane.fronts, name)
    else has_more = update_front(lane, name, front + 1) end
    if alone and not has_more then
      none_served = true
      break
    end
  end
  if count > 0 then
    have_left(lane, ids)
    schedule_all_running(open, ids, lease_until)
  end
  return ids, claims, none_served
end
