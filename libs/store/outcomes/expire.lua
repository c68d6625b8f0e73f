#!lua flags=allow-oom
-- Ends a call whose time is over for its caller. Success on a queued one proves that it never ran and never will.
-- A sync call that still "runs" past its deadline and the grace has lost its worker: a living one would have killed it.
-- KEYS: record, open, outbox, queued, ready, turns, dead, deadExpiry
-- ARGV: id, expiredCode, expiredEnvelope, lostCode, lostEnvelope, graceMs
-- Answers: {status, envelope or ''}; '' when there is no record. And when this is what ended it, how long it has waited,
--   as `end_record` answers
-- include clock
-- include dueIndex
-- include callSpec
-- include lane
-- include readyQueue
-- include deadLetters
-- include limit
-- include announce
-- include end
-- include extended
-- include unpacked

local record, at, lane, id = KEYS.record, ends_at(written_at_last()), lane_of(KEYS.queued, KEYS.ready, KEYS.turns), ARGV.id
unpacked(record)
local r = redis.call('HMGET', record, 'status', 'expiresAt', 'mode', 'deadline', 'envelope', 'attempt')
if not r[1] then return { '', '' } end
if r[5] then return { r[1], r[5] } end
local now = clock()
if now >= tonumber(r[2]) and (r[1] == 'queued' or r[1] == 'retrying') then r[2] = extended(record, r[3], tonumber(r[2]), now) end
if (r[1] == 'queued' or r[1] == 'retrying') and now >= tonumber(r[2]) then
  return { expire_record(at, record, lane, id, r[6], { ARGV.expiredCode, ARGV.expiredEnvelope }, { ARGV.lostCode, ARGV.lostEnvelope }, now) }
end
if r[1] == 'running' and r[3] == 'sync' and now >= r[4] + ARGV.graceMs then
  return { 'lost', ARGV.lostEnvelope, end_record(at, record, lane, id, 'lost', ARGV.lostCode, ARGV.lostEnvelope, now) }
end
return { r[1], '' }
