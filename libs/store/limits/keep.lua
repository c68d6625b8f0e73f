#!lua
-- Counts bytes of a blob that an env keeps, unless they are more than there is room for.
-- KEYS: kept (what the env keeps)
-- ARGV: bytes (negative: given back), droppedAt (ms), max (bytes)
-- Answers {1 or 0, bytes that were kept before}
-- include clock
-- include quota

local key, bytes, now = KEYS.kept, tonumber(ARGV.bytes), clock()
local held = settle_kept(key, now)
if bytes > 0 and held + bytes > tonumber(ARGV.max) then return { 0, held } end
-- Given back once it was dropped: it counts no more.
if bytes < 0 and tonumber(redis.call('HGET', key, ARGV.droppedAt) or 0) < -bytes then return { 1, held } end
add_bytes(key, ARGV.droppedAt, bytes)
add_bytes(key, 'total', bytes)
if redis.call('PTTL', key) < ARGV.droppedAt - now then redis.call('PEXPIRE', key, math.max(1, ARGV.droppedAt - now)) end
return { 1, held }
