#!lua flags=allow-oom
-- A worker that must go gives up its attempt: the sweeper takes it at its next check, without waiting for the lease.
-- KEYS: record, open
-- ARGV: id, attempt
-- include dueIndex
-- include unpacked

unpacked(KEYS.record)
local r = redis.call('HMGET', KEYS.record, 'status', 'attempt')
if r[1] ~= 'running' or r[2] ~= ARGV.attempt then return 0 end
redis.call('HSET', KEYS.record, 'leaseUntil', 0)
schedule_running(KEYS.open, ARGV.id, 0)
return 1
