#!lua flags=allow-oom
-- Moves a schedule on to its next run, if nobody has: the time of the run at hand is the fence.
-- KEYS: due, last
-- ARGV: schedule (<env>/<id>), id, runAt, nextRunAt, last (JSON: what came of the run at hand)
-- Answers 1, or 0 when another has moved, changed, paused or deleted it.

local run_at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not run_at or tonumber(run_at) ~= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[5])
return 1
