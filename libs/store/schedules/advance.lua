#!lua flags=allow-oom
-- Moves a schedule on, if nobody has: the time of this check is the fence.
-- KEYS: due, last, late
-- ARGV: schedule (<env>/<id>), id, at (of this check), nextAt, outcome (JSON: what came of the run at hand), late (see
--   `due.lua`; '' when the next check is for a run of its own)
-- Answers 1, or 0 when another has moved, changed, paused or deleted it.

local at = redis.call('ZSCORE', KEYS.due, ARGV.schedule)
if not at or tonumber(at) ~= tonumber(ARGV.at) then return 0 end
redis.call('ZADD', KEYS.due, ARGV.nextAt, ARGV.schedule)
redis.call('HSET', KEYS.last, ARGV.id, ARGV.outcome)
if ARGV.late == '' then redis.call('HDEL', KEYS.late, ARGV.schedule) else redis.call('HSET', KEYS.late, ARGV.schedule, ARGV.late) end
return 1
