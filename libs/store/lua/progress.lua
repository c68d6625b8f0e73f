#!lua flags=allow-oom
-- Shows how far a running attempt is. Fenced like everything that an attempt writes.
-- KEYS: record
-- ARGV: attempt, progress (JSON)

local r = redis.call('HMGET', KEYS[1], 'status', 'attempt')
if r[1] ~= 'running' or r[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
return 1
