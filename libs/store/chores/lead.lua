#!lua flags=allow-oom
-- One leader for a chore: answers 1 when `who` leads for the next `ms`.
-- KEYS: leader
-- ARGV: who, ms

local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
