#!lua flags=allow-oom
-- A worker says what it serves, and goes on saying so; see lane.lua. What it said before holds no more: when it was the
-- last of that kind, nobody waits for the kind. Kinds that were silent for long are forgotten.
-- KEYS: serves, servedBefore (the same: nothing), readyQueues[] (of each lane that it takes calls of)
-- ARGV: worker, digest ('': it leaves), before (the digest before; '': none), keepMs, forgetMs, functions[] (none when
--   they should be known already)
-- Answers 1, or 0 when they are not known: they are to be said.
-- include clock

-- The workers of a kind, by the time (ms) at which they last said so.
local WORKERS = ':workers'
local now, worker, digest, before = clock(), ARGV.worker, ARGV.digest, ARGV.before
local silent_since = now - ARGV.forgetMs

local function forget(ready, kind)
  redis.call('ZREM', ready .. ':servers', kind)
  redis.call('DEL', ready .. ':bell:' .. kind, ready .. ':offers:' .. kind)
end

if before ~= '' and before ~= digest then
  local others = KEYS.servedBefore .. WORKERS
  redis.call('ZREM', others, worker)
  redis.call('ZREMRANGEBYSCORE', others, '-inf', silent_since)
  if redis.call('EXISTS', others) == 0 then
    for i = KEYS.readyQueues.first, KEYS.readyQueues.last do forget(KEYS.readyQueues[i], before) end
  end
end
if digest == '' then return 1 end

for i = ARGV.functions.first, ARGV.functions.last do redis.call('SADD', KEYS.serves, ARGV.functions[i]) end
if redis.call('PEXPIRE', KEYS.serves, ARGV.keepMs) == 0 then return 0 end
redis.call('ZADD', KEYS.serves .. WORKERS, now, worker)
redis.call('PEXPIRE', KEYS.serves .. WORKERS, ARGV.keepMs)
for i = KEYS.readyQueues.first, KEYS.readyQueues.last do
  local ready = KEYS.readyQueues[i]
  local servers = ready .. ':servers'
  redis.call('ZADD', servers, now, digest)
  for _, kind in ipairs(redis.call('ZRANGEBYSCORE', servers, '-inf', silent_since)) do forget(ready, kind) end
end
return 1
