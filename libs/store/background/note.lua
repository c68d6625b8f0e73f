#!lua flags=allow-oom
-- Notes that something is written in a partition, for the loops that look after the partitions; see `activity.ts`.
-- KEYS: active (sorted set: partitions by the time (ms) of the last note)
-- ARGV: partition
-- include clock

redis.call('ZADD', KEYS.active, clock(), ARGV.partition)
return 1
