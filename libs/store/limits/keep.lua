#!lua
-- Counts bytes of a blob that an env keeps, unless they are more than there is room for.
-- KEYS: what the env keeps
-- ARGV: bytes (negative: given back), when the blob is dropped (ms), most bytes
-- Answers {1 or 0, bytes that were kept before}
-- include clock
-- include quota

local key, bytes, now = KEYS[1], tonumber(ARGV[1]), clock()
local held = settle_kept(key, now)
if bytes > 0 and held + bytes > tonumber(ARGV[3]) then return { 0, held } end
-- Given back once it was dropped: it counts no more.
if bytes < 0 and tonumber(redis.call('HGET', key, ARGV[2]) or 0) < -bytes then return { 1, held } end
add_bytes(key, ARGV[2], bytes)
add_bytes(key, 'total', bytes)
if redis.call('PTTL', key) < ARGV[2] - now then redis.call('PEXPIRE', key, math.max(1, ARGV[2] - now)) end
return { 1, held }
