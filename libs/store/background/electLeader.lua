#!lua flags=allow-oom
-- One leader for a chore: answers 1 when `who` leads for the next `ms`.
-- KEYS: leader
-- ARGV: who, ms

local leader = redis.call('GET', KEYS.leader)
if leader and leader ~= ARGV.who then return 0 end
redis.call('SET', KEYS.leader, ARGV.who, 'PX', ARGV.ms)
return 1
