#!lua flags=allow-oom
-- How many bytes an env holds in this partition. Lets go of dead letters whose time is over, and of what has expired.
-- KEYS: dead, deadExpiry
-- ARGV: env, maxKept (the quota of what its ended calls keep)
-- Answers {waiting, dead, kept}, bytes
-- include clock
-- include callSpec
-- include deadLetters

-- So long after the last check of an env its quota is known.
local QUOTA_KNOWN_MS = 3600000

local at, env, now = dead_letters(), ARGV.env, clock()
forget_expired(at, now, 100)
-- Workers go by the quota that they find here.
local kept_key = bytes_key(at.letters, 'kept:' .. env)
local kept = settle_kept(kept_key, now)
if redis.call('HGET', kept_key, 'max') ~= ARGV.maxKept then redis.call('HSET', kept_key, 'max', ARGV.maxKept) end
if redis.call('PTTL', kept_key) < QUOTA_KNOWN_MS / 2 then redis.call('PEXPIRE', kept_key, QUOTA_KNOWN_MS) end
return {
  tonumber(redis.call('HGET', bytes_key(at.letters, 'waiting'), env) or 0),
  tonumber(redis.call('HGET', bytes_key(at.letters, 'dead'), env) or 0),
  kept,
}
