-- Starts attempts. `by`: who starts them, {worker, lease_ms}. The token is new for every start.
-- callSpec.lua, readyQueue.lua, serves.lua, wake.lua and packed.lua are included before.
local START_FIELDS = { 'status', 'attempt', 'expiresAt', 'mode', 'timeoutMs', 'terms', 'data', 'origin', 'queuedAt', 'retainMs',
  'turn', 'runAt', 'watchers', 'traceparent' }
-- retainMs, mode, queuedAt, expiresAt, timeoutMs, turn; see packed.lua.
local PACKED_HEAD = '^open (%S+) %S+ %S+ (%S+) (%S+) (%S+) (%S+) (%S+)'
-- So many that cannot start are passed over for one that can; each has its end, or a check that is due.
local PASSED_OVER = 20

-- Few are too late, so the functions for those are made when one comes. The record is a hash from then on.
local when_extended = function(record, ...)
-- include unpacked
-- include extended
unpacked(record)
return extended(record, ...)
end

-- The START_FIELDS of a record; of a packed one also its text, and where the line of its run stands.
local function start_fields(record)
  local text = packed_text(record)
  if not text then return redis.call('HMGET', record, unpack(START_FIELDS)) end
  local retain_ms, mode, queued_at, expires_at, timeout_ms, turn = string.match(text, PACKED_HEAD)
  local head, terms, origin, traceparent, data = line_ends(text)
  if not mode or not traceparent then return {}, text end
  local sub = string.sub
  return { data and 'running' or 'queued', '0', expires_at, mode, timeout_ms, sub(text, head + 1, terms - 1),
    sub(text, traceparent + 1, (data or 0) - 1), sub(text, terms + 1, origin - 1), queued_at, retain_ms, turn, false, false,
    traceparent > origin + 1 and sub(text, origin + 1, traceparent - 1) }, text, data
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
-- Answers 'claimed', id, attempt, ms until the deadline, fields…, or nil when it cannot be started: it has ended, runs, or
-- is too late (the sweeper ends it). A running record is never taken over here, even when its lease is over: only the
-- sweeper declares a worker dead (sweep.lua tells why).
local function start(record, open, lane, id, by, token_hash, at, front)
  local now = at.now
  local r, is_packed = start_fields(record)
  -- Who has no turn is not in the line: its time has not come.
  if not r[6] or (r[1] ~= 'queued' and r[1] ~= 'retrying') or not r[11] then return nil end
  local expires_at = tonumber(r[3])
  if now >= expires_at then
    is_packed = false
    if now >= when_extended(record, r[4], expires_at, now) then
      schedule_queued(open, id, now)
      return nil
    end
  end
  local attempt = '1'
  if r[2] ~= '0' then attempt = text_of(r[2] + 1) end
  -- Time in the queue counts for a sync call, which is over when it expires; an async call has its whole limit for the run.
  local deadline, limit_ms = r[3], expires_at - now
  if r[4] ~= 'sync' then deadline, limit_ms = text_of(now + r[5]), r[5] end
  if is_packed then
    redis.call('APPEND', record, '\n' .. at.text .. ' ' .. by.worker .. ' ' .. at.lease_until .. ' ' .. by.lease_ms .. ' ' .. deadline
      .. ' ' .. token_hash)
  else
    redis.call('HSET', record, 'status', 'running', 'attempt', attempt, 'startedAt', at.text, 'worker', by.worker, 'leaseUntil',
      at.lease_until, 'leaseMs', by.lease_ms, 'deadline', deadline, 'tokenHash', token_hash)
  end
  turn_is_served(lane, tonumber(r[11]), front)
  wake(r[13], id)
  return started(record, r, id, attempt, limit_ms, now)
end

-- The reply was lost with its connection, and the command was sent once more: the same token has the same claim.
local function started_before(record, id, token_hash, now)
  local r, text, data_end = start_fields(record)
  if r[1] ~= 'running' then return nil end
  local attempt, deadline, known_hash = r[2], nil, nil
  if text then
    attempt = '1'
    deadline, known_hash = string.match(text, '^%S+ %S+ %S+ %S+ (%S+) (%S+)$', data_end + 1)
  else
    deadline, known_hash = unpack(redis.call('HMGET', record, 'deadline', 'tokenHash'))
  end
  if known_hash ~= token_hash then return nil end
  return started(record, r, id, attempt, deadline - now, now)
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
