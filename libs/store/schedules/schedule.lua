#!lua
-- Makes a schedule, or puts another in its place, if there is room for it.
-- KEYS: schedules of the env, due, late
-- ARGV: id, schedule (<env>/<id>), what it does (JSON), nextRunAt ('' when it is paused), most in an env, most bytes in an env
-- Answers {'put'} | {'many', how many there are} | {'bytes', how many all others have}

local A_WORD = 16
local known = redis.call('HSTRLEN', KEYS[1], ARGV[1])
local count = redis.call('HLEN', KEYS[1])
if known == 0 and count >= tonumber(ARGV[5]) then return { 'many', count } end
-- Added up each time, which is rare, and never wrong.
local others = -known
for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do others = others + redis.call('HSTRLEN', KEYS[1], id) end
-- One that is there can be paused and resumed, however full the env is.
if #ARGV[3] > known + A_WORD and others + #ARGV[3] > tonumber(ARGV[6]) then return { 'bytes', others } end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HDEL', KEYS[3], ARGV[2])
if ARGV[4] == '' then redis.call('ZREM', KEYS[2], ARGV[2]) else redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2]) end
return { 'put' }
