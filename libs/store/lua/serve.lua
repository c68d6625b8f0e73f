#!lua flags=allow-oom
-- A worker says what it serves, and goes on saying so; see serves.lua. Kinds that were silent for long are forgotten.
-- KEYS: serves, then the line of each lane that it takes calls of
-- ARGV: digest, keepMs, forgetMs, then the functions (none when they should be known already)
-- Answers 1, or 0 when they are not known: they are to be said.
-- include clock

local now, digest = clock(), ARGV[1]
for i = 4, #ARGV do redis.call('SADD', KEYS[1], ARGV[i]) end
if redis.call('PEXPIRE', KEYS[1], ARGV[2]) == 0 then return 0 end
for i = 2, #KEYS do
  local servers = KEYS[i] .. ':servers'
  redis.call('ZADD', servers, now, digest)
  for _, silent in ipairs(redis.call('ZRANGEBYSCORE', servers, '-inf', now - ARGV[3])) do
    redis.call('ZREM', servers, silent)
    redis.call('DEL', KEYS[i] .. ':bell:' .. silent)
  end
end
return 1
