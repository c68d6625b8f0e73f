#!lua flags=allow-oom
-- Handles one open record whose check is due. The only place where a worker is declared dead.
-- A lease that is over is first suspected and taken only if it is still over a third of a lease later, the time in which a
-- living worker renews: after an outage of Redis every lease looks dead. A late check counts for nothing, since
-- Redis may have been away again: the suspicion starts anew.
-- KEYS: record, open, outbox, queued, ready, turns, dead, deadExpiry
-- ARGV: id, recheckMs, requeueCheckMs, expiredCode, expiredEnvelope, lostCode, lostEnvelope, cancelledCode,
--   cancelledEnvelope, lostEnding (JSON, kept of an attempt that is lost), neverEnvelope (cancelled, and it
--   was never started)
-- Answers {what came of it, and of what has ended now: its outcome, and what `end_record` answers}:
--   'gone' | 'unread' (it is of a release that writes otherwise: left where it is) | 'ended' | 'later' (it runs, its time
--   has not come, it is held back, or it stands in its queue, and the bell was rung) | 'enqueue' (it has joined its queue: the caller adds a ticket, twice does no harm)
-- include clock
-- include dueIndex
-- include callSpec
-- include lane
-- include readyQueue
-- include serves
-- include deadLetters
-- include limit
-- include announce
-- include end
-- include attempts
-- include wake
-- include extended
-- include unpacked
-- include packed
-- include offers
-- include unread
-- include undoStart

-- The sweeper checks several times a second; a check that is later than this was delayed.
local LATE_MS = 3000

local record, open, lane, id = KEYS.record, KEYS.open, lane_of(KEYS.queued, KEYS.ready, KEYS.turns), ARGV.id
local at = ends_at(written_at_last())

-- What was dispatched is checked early, and as a rule its worker has read it: it stays packed.
local worker, lease_end = packed_lease(record)
if worker and clock() < lease_end and not unread_text(lane, worker, id) then
  schedule_running(open, id, lease_end)
  return { 'later' }
end
unpacked(record)
local r = redis.call('HMGET', record, 'status', 'expiresAt', 'leaseUntil', 'suspectAt', 'attempt', 'terms', 'envelope',
  'cancelAsked', 'leaseMs', 'turn', 'notBefore', 'losses', 'maxRunning', 'watchers', 'mode', 'worker')
local status = r[1]
if r[7] or redis.call('EXISTS', record) == 0 then
  redis.call('ZREM', open, id)
  leave_queue(lane, nil, id)
  return { 'gone' }
end

local now = clock()
local is_read, spec = pcall(spec_of, r[6])
if not status or not is_read or type(spec) ~= 'table' then
  local again = now + tonumber(ARGV.recheckMs)
  if status == 'running' then schedule_running(open, id, again) else schedule_queued(open, id, again) end
  return { 'unread' }
end
local name = name_of(spec)
if status ~= 'running' then
  -- It was handed back, and whoever was to cancel it is gone.
  if r[8] then
    local never = tonumber(r[5]) == 0
    return { 'ended', 'cancelled', end_record(at, record, lane, id, 'cancelled', ARGV.cancelledCode, never and ARGV.neverEnvelope or ARGV.cancelledEnvelope, now) }
  end
  if now >= tonumber(r[2]) then r[2] = extended(record, r[15], tonumber(r[2]), now) end
  if now >= tonumber(r[2]) then
    local outcome, _, waited = expire_record(at, record, lane, id, r[5], { ARGV.expiredCode, ARGV.expiredEnvelope }, { ARGV.lostCode, ARGV.lostEnvelope }, now)
    return { 'ended', outcome, waited }
  end
  if now < tonumber(r[11] or 0) then
    schedule_queued(open, id, tonumber(r[11]))
    return { 'later' }
  end
  local again = math.min(tonumber(ARGV.recheckMs), math.floor(spec.queueAgeMs / 3))
  again = math.max(again, CHECK_MS_EACH * redis.call('ZCARD', lane.queued))
  if r[13] and not permitted(limit_of(record, spec), id, r[13], spec.priority, now) then
    redis.call('HSET', record, 'status', 'queued')
    redis.call('ZADD', lane.queued, 'NX', now, id)
    schedule_queued(open, id, math.min(now + again, tonumber(r[2])))
    return { 'later' }
  end
  local result = 'later'
  if r[10] then
    -- It stands there, as a rule. When Redis has lost its place, it has it again.
    put_back(record, lane, name, id, r[10], spec.priority)
  else
    -- Its time has come, and it joins its queue. Checked again soon: whoever adds its ticket may die before.
    local turn = join_queue(lane, name, id, spec.priority, now, is_queue_empty(lane))
    redis.call('HSET', record, 'status', 'queued', 'turn', turn)
    again, result = math.min(again, tonumber(ARGV.requeueCheckMs)), 'enqueue'
  end
  ring(lane, name)
  schedule_queued(open, id, math.min(now + again, tonumber(r[2])))
  return { result }
end

local lease_until, suspect_at, suspect_ms = tonumber(r[3]), tonumber(r[4]), math.ceil((r[9] or 6000) / 3)
if r[16] and take_unread(lane, r[16], id) then
  undo_start(record, open, lane, id, tonumber(ARGV.requeueCheckMs), now)
  return { 'later' }
end
if now < lease_until then
  schedule_running(open, id, lease_until)
  return { 'later' }
end
local released = lease_until == 0
if not released and (not suspect_at or now >= suspect_at + suspect_ms + LATE_MS) then
  redis.call('HSET', record, 'suspectAt', now)
  schedule_running(open, id, now + suspect_ms)
  return { 'later' }
end
if not released and now < suspect_at + suspect_ms then
  schedule_running(open, id, suspect_at + suspect_ms)
  return { 'later' }
end
if r[8] then
  return { 'ended', 'cancelled', end_record(at, record, lane, id, 'cancelled', ARGV.cancelledCode, ARGV.cancelledEnvelope, now) }
end
local losses = tonumber(r[12] or 0) + 1
if losses >= spec.maxStarts then
  return { 'ended', 'lost', end_record(at, record, lane, id, 'lost', ARGV.lostCode, ARGV.lostEnvelope, now) }
end
-- Queued again, with a fresh age; the attempt number stays, so whatever the lost worker still writes is fenced.
-- Checked again soon: whoever adds its job may die before.
keep_attempt(record, ARGV.lostEnding, now)
redis.call('HSET', record, 'status', 'queued', 'expiresAt', now + spec.queueAgeMs, 'losses', losses)
redis.call('HDEL', record, 'leaseUntil', 'suspectAt', 'tokenHash', 'failure')
redis.call('ZADD', lane.queued, now, id)
put_back(record, lane, name, id, r[10], spec.priority)
ring(lane, name)
schedule_queued(open, id, now + ARGV.requeueCheckMs)
wake(r[14], id)
return { 'enqueue' }
