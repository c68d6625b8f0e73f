#!lua flags=allow-oom
-- Keeps what a running attempt has printed so far; the last of it comes with `finish` or `retry`. Fenced like they are.
-- KEYS: record, logs
-- ARGV: id, attempt, before (bytes that this attempt appended before), lines (ndjson)
-- Answers 1, or 0 when fenced.
-- include clock
-- include callSpec
-- include wake
-- include unpacked

local id, attempt, lines = ARGV.id, ARGV.attempt, ARGV.lines
unpacked(KEYS.record)
local r = redis.call('HMGET', KEYS.record, 'status', 'attempt', 'told', 'deadline', 'terms', 'retainMs', 'watchers', 'deadMs')
if r[1] ~= 'running' or r[2] ~= attempt then return 0 end
-- A connection that broke before the reply came sends the command again: the first one counts.
local written = attempt .. ':' .. string.format('%.0f', ARGV.before + #lines)
if r[3] == written then return 1 end
redis.call('APPEND', KEYS.logs, lines)
redis.call('HSET', KEYS.record, 'told', written)
-- Whoever ends it, its logs end some time.
redis.call('PEXPIRE', KEYS.logs, math.max(0, r[4] - clock()) + spec_of(r[5]).queueAgeMs +
  math.max(r[6], r[8] or 0))
wake(r[7], id)
return 1
