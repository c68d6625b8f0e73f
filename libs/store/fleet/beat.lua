#!lua flags=allow-oom
-- One heartbeat: this process is here, and hears what it has to know of the others.
-- KEYS: seen (sorted set: id by the time its heartbeat runs out), members (hash), loads (hash), version, leader, format,
--   functions (the list of those that this process serves)
-- ARGV: id, ttlMs, member (JSON), load (JSON), the version it knows, leadMs, the format that it would have as leader or '',
--   functionsTtlMs
-- Answers: now, 1 when its heartbeat had run out (or there was none), 1 when it leads, the format or '', the version,
--   1 when its list of functions is missing, and all members (JSON each) when the version is another one
-- include clock

local now, id = clock(), ARGV[1]
local changed = false
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 200)) do
  if gone ~= id then
    redis.call('ZREM', KEYS[1], gone)
    redis.call('HDEL', KEYS[2], gone)
    redis.call('HDEL', KEYS[3], gone)
    changed = true
  end
end

local seen = redis.call('ZSCORE', KEYS[1], id)
local is_back = (not seen or tonumber(seen) <= now) and 1 or 0
redis.call('ZADD', KEYS[1], now + ARGV[2], id)
if redis.call('HGET', KEYS[2], id) ~= ARGV[3] then
  redis.call('HSET', KEYS[2], id, ARGV[3])
  changed = true
end
redis.call('HSET', KEYS[3], id, ARGV[4])
-- Not counted up from nothing: after a flush a number that somebody knows would come again.
if changed or redis.call('EXISTS', KEYS[4]) == 0 then
  redis.call('SET', KEYS[4], math.max(now, tonumber(redis.call('GET', KEYS[4]) or 0) + 1))
end

local leader, leads = redis.call('GET', KEYS[5]), 0
if not leader or leader == id then
  leads = 1
  redis.call('SET', KEYS[5], id, 'PX', ARGV[6])
  if ARGV[7] ~= '' then redis.call('SET', KEYS[6], ARGV[7]) end
end

local version = redis.call('GET', KEYS[4])
local answer = { now, is_back, leads, redis.call('GET', KEYS[6]) or '', version,
  1 - redis.call('PEXPIRE', KEYS[7], ARGV[8]), false }
if version ~= ARGV[5] then answer[7] = redis.call('HVALS', KEYS[2]) end
return answer
