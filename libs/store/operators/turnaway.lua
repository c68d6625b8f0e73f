#!lua flags=allow-oom
-- Ends a sync call that waits in a queue in which nobody will start it: its caller waits, and gets the reason. It never ran.
-- KEYS: record, open, outbox, queued, ready, turns, dead, deadExpiry
-- ARGV: id, code, envelope, why ('PAUSED': only while it is held back)
-- Answers how long it has waited (ms), or -1 when it runs, has ended, or is held back no more: then it is left alone.
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
local r = redis.call('HMGET', record, 'status', 'mode', 'attempt', 'terms')
if r[1] ~= 'queued' or r[2] ~= 'sync' or r[3] ~= '0' then return -1 end
if ARGV.why == 'PAUSED' then
  local spec = spec_of(r[4])
  local paused = redis.call('HMGET', pauses_beside(record), 'queue:' .. spec.queue, 'function:' .. name_of(spec))
  if not paused[1] and not paused[2] then return -1 end
end
return end_record(at, record, lane, id, 'expired', ARGV.code, ARGV.envelope, clock())
