#!lua flags=allow-oom
-- Records how an attempt ended: the first writer wins, and only the attempt that runs may write.
-- KEYS: record, open, outbox, queued, line, turns, dead letters, their expiry, permits, held, logs
-- ARGV: id, attempt, outcome, code, envelope, logs (ndjson, may be ''), used (JSON, may be '')
-- Answers {1, id of a call that now has its permit, or ''}, or {0} when fenced.
-- include clock
-- include open
-- include line
-- include dead
-- include limit
-- include end

local r = redis.call('HMGET', KEYS[1], 'status', 'attempt', 'envelope', 'told')
-- A connection that broke before the reply came sends the command again: it was recorded the first time.
if r[2] == ARGV[2] and r[3] == ARGV[5] then return { 1, '' } end
if r[1] ~= 'running' or r[2] ~= ARGV[2] then return { 0 } end
if ARGV[6] ~= '' then redis.call('APPEND', KEYS[11], ARGV[6]) end
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'used', ARGV[7]) end
local keep_ms, next = finish_record(KEYS[1], KEYS[2], lane_keys(4), ARGV[1], ARGV[3], ARGV[4], ARGV[5], clock())
-- Those that were told before, and of attempts before it, too.
if ARGV[6] ~= '' or r[4] or tonumber(ARGV[2]) > 1 then redis.call('PEXPIRE', KEYS[11], keep_ms) end
return { 1, next }
