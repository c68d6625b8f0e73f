#!lua flags=allow-oom
-- Moves a schedule on, if nobody has: the time of the look at hand is the fence.
-- KEYS: due, last, late
-- ARGV: schedule (<env>/<id>), id, at (of this look), nextAt, last (JSON: what came of the run at hand), late (see `due.lua`;
--   '' when the next look is at a run of its own)
-- Answers 1, or 0 when another has moved, changed, paused or deleted it.

local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not at or tonumber(at) ~= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[5])
if ARGV[6] == '' then redis.call('HDEL', KEYS[3], ARGV[1]) else redis.call('HSET', KEYS[3], ARGV[1], ARGV[6]) end
return 1
