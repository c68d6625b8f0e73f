#!lua flags=allow-oom
-- This process is going: the others need not wait for its heartbeat to run out.
-- KEYS: seen, members, loads, version, leader, order
-- ARGV: id

redis.call('ZREM', KEYS.seen, ARGV.id)
redis.call('HDEL', KEYS.members, ARGV.id)
redis.call('HDEL', KEYS.loads, ARGV.id)
redis.call('DEL', KEYS.order)
redis.call('INCR', KEYS.version)
if redis.call('GET', KEYS.leader) == ARGV.id then redis.call('DEL', KEYS.leader) end
return 1
