#!lua
-- Makes a schedule, or puts another in its place, if there is room for it.
-- KEYS: schedules (of the env), due, late
-- ARGV: id, schedule (<env>/<id>), text (JSON: what it does), nextRunAt ('' when it is paused), max (in an env),
--   maxBytes (in an env)
-- Answers {'put'} | {'many', how many there are} | {'bytes', how many all others have}

local A_WORD = 16
local known = redis.call('HSTRLEN', KEYS.schedules, ARGV.id)
local count = redis.call('HLEN', KEYS.schedules)
if known == 0 and count >= tonumber(ARGV.max) then return { 'many', count } end
-- Added up each time, which is rare, and never wrong.
local others = -known
for _, id in ipairs(redis.call('HKEYS', KEYS.schedules)) do others = others + redis.call('HSTRLEN', KEYS.schedules, id) end
-- One that is there can be paused and resumed, however full the env is.
if #ARGV.text > known + A_WORD and others + #ARGV.text > tonumber(ARGV.maxBytes) then return { 'bytes', others } end
redis.call('HSET', KEYS.schedules, ARGV.id, ARGV.text)
redis.call('HDEL', KEYS.late, ARGV.schedule)
if ARGV.nextRunAt == '' then redis.call('ZREM', KEYS.due, ARGV.schedule) else redis.call('ZADD', KEYS.due, ARGV.nextRunAt, ARGV.schedule) end
return { 'put' }
