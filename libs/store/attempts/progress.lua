#!lua flags=allow-oom
-- Shows how far a running attempt is. Fenced like everything that an attempt writes. Counted, so that a watcher knows what
-- it has been told.
-- KEYS: record
-- ARGV: id, attempt, progress (JSON)
-- include wake
-- include unpacked

unpacked(KEYS.record)
local r = redis.call('HMGET', KEYS.record, 'status', 'attempt', 'progress', 'progressed', 'watchers')
if r[1] ~= 'running' or r[2] ~= ARGV.attempt then return 0 end
if r[3] == ARGV.progress then return 1 end
redis.call('HSET', KEYS.record, 'progress', ARGV.progress, 'progressed', (r[4] or 0) + 1)
wake(r[5], ARGV.id)
return 1
