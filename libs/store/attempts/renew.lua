#!lua flags=allow-oom
-- Keeps the lease of a running attempt.
-- Answers 'kept', 'cancel' (kept, and its caller asked for its end), or 'lost': no longer the worker's, it must stop at once.
-- KEYS: record, open
-- ARGV: id, attempt, leaseMs
-- include clock
-- include dueIndex

local r = redis.call('HMGET', KEYS.record, 'status', 'attempt', 'cancelAsked')
if r[1] ~= 'running' or r[2] ~= ARGV.attempt then return 'lost' end
local lease_until = clock() + ARGV.leaseMs
redis.call('HSET', KEYS.record, 'leaseUntil', lease_until)
redis.call('HDEL', KEYS.record, 'suspectAt')
schedule_running(KEYS.open, ARGV.id, lease_until)
if r[3] then return 'cancel' end
return 'kept'
