#!lua flags=allow-oom
-- This process is going: the others need not wait for its heartbeat to run out.
-- KEYS: seen, members, loads, version, leader
-- ARGV: id

redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('INCR', KEYS[4])
if redis.call('GET', KEYS[5]) == ARGV[1] then redis.call('DEL', KEYS[5]) end
return 1
