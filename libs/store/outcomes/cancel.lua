#!lua flags=allow-oom
-- Cancels: what waits never runs; what runs gets a signal to stop, through its worker, and ends as cancelled when it has.
-- KEYS: record, open, outbox, queued, ready, turns, dead, deadExpiry
-- ARGV: id, code, neverEnvelope (it was never started), startedEnvelope (it was), onlyWaiting (1: what runs goes on;
--   0)
-- Answers {the status now; '' when there is no record}, and when this is what ended it, how long it has waited, as
--   `end_record` answers
-- include clock
-- include dueIndex
-- include callSpec
-- include lane
-- include readyQueue
-- include deadLetters
-- include limit
-- include announce
-- include end
-- include unpacked

local record, at, lane, id = KEYS.record, ends_at(written_at_last()), lane_of(KEYS.queued, KEYS.ready, KEYS.turns), ARGV.id
unpacked(record)
local r = redis.call('HMGET', record, 'status', 'attempt', 'worker', 'envelope')
if not r[1] then return { '' } end
if r[4] then return { r[1] } end
if r[1] ~= 'running' then
  local envelope = ARGV.neverEnvelope
  if tonumber(r[2]) > 0 then envelope = ARGV.startedEnvelope end
  return { 'cancelled', end_record(at, record, lane, id, 'cancelled', ARGV.code, envelope, clock()) }
end
if ARGV.onlyWaiting == '1' then return { 'running' } end
-- The message may be lost: the worker's next renewal of the lease says so, too.
redis.call('HSET', record, 'cancelAsked', 1)
-- The channel as `workerChannel` in keys.ts names it; what all names start with stands in the record's.
redis.call('PUBLISH', string.match(record, '^{(.*):%d+}') .. ':worker:' .. r[3], id)
return { 'running' }
