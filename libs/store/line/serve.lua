#!lua flags=allow-oom
-- A worker says what it serves, and goes on saying so; see serves.lua. What it said before holds no more: when it was the
-- last of that kind, nobody waits for the kind. Kinds that were silent for long are forgotten.
-- KEYS: serves, what it served before (the same: nothing), then the line of each lane that it takes calls of
-- ARGV: worker, digest ('': it leaves), digest before ('': none), keepMs, forgetMs, then the functions (none when they
--   should be known already)
-- Answers 1, or 0 when they are not known: they are to be said.
-- include clock

-- The workers of a kind, by the time (ms) at which they last said so.
local WORKERS = ':workers'
local now, worker, digest, before = clock(), ARGV[1], ARGV[2], ARGV[3]
local silent_since = now - ARGV[5]

local function forget(line, kind)
  redis.call('ZREM', line .. ':servers', kind)
  redis.call('DEL', line .. ':bell:' .. kind)
end

if before ~= '' and before ~= digest then
  local others = KEYS[2] .. WORKERS
  redis.call('ZREM', others, worker)
  redis.call('ZREMRANGEBYSCORE', others, '-inf', silent_since)
  if redis.call('EXISTS', others) == 0 then
    for i = 3, #KEYS do forget(KEYS[i], before) end
  end
end
if digest == '' then return 1 end

for i = 6, #ARGV do redis.call('SADD', KEYS[1], ARGV[i]) end
if redis.call('PEXPIRE', KEYS[1], ARGV[4]) == 0 then return 0 end
redis.call('ZADD', KEYS[1] .. WORKERS, now, worker)
redis.call('PEXPIRE', KEYS[1] .. WORKERS, ARGV[4])
for i = 3, #KEYS do
  local servers = KEYS[i] .. ':servers'
  redis.call('ZADD', servers, now, digest)
  for _, kind in ipairs(redis.call('ZRANGEBYSCORE', servers, '-inf', silent_since)) do forget(KEYS[i], kind) end
end
return 1
