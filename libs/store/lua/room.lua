#!lua flags=allow-oom
-- How many bytes an env holds in this partition. Lets go of dead letters whose time is over, and of what has expired.
-- KEYS: dead letters, their expiry
-- ARGV: env, the quota of what its ended calls keep
-- Answers {waiting, dead, kept}, bytes
-- include clock
-- include terms
-- include dead

local at, env, now = dead_keys(1), ARGV[1], clock()
forget_expired(at, now, 100)
local kept_key = bytes_key(at.letters, 'kept:' .. env)
local kept = 0
if redis.call('EXISTS', kept_key) == 1 then
  kept = settle_kept(kept_key, now)
  redis.call('HSET', kept_key, 'max', ARGV[2])
end
return {
  tonumber(redis.call('HGET', bytes_key(at.letters, 'waiting'), env) or 0),
  tonumber(redis.call('HGET', bytes_key(at.letters, 'dead'), env) or 0),
  kept,
}
