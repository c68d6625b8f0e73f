#!lua flags=allow-oom
-- One heartbeat: this process is here, and reads what it has to know of the others.
-- KEYS: seen (sorted set: id by the time its heartbeat runs out), members (hash), loads (hash), version, leader,
--   format, functions (the list of those that this process serves), order (what operators want of this process)
-- ARGV: id, ttlMs, member (JSON), load (JSON), version (the one it knows), leadMs, format? (that it would have as
--   leader), functionsTtlMs
-- Answers: now, 1 when its heartbeat had run out (or there was none), 1 when it leads, the format or '', the version,
--   1 when its list of functions is missing, all members (JSON each) when the version is another one, and the order or ''
-- include clock

local now, id = clock(), ARGV.id
local changed = false
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS.seen, '-inf', now, 'LIMIT', 0, 200)) do
  if gone ~= id then
    redis.call('ZREM', KEYS.seen, gone)
    redis.call('HDEL', KEYS.members, gone)
    redis.call('HDEL', KEYS.loads, gone)
    changed = true
  end
end

local seen = redis.call('ZSCORE', KEYS.seen, id)
local is_back = (not seen or tonumber(seen) <= now) and 1 or 0
redis.call('ZADD', KEYS.seen, now + ARGV.ttlMs, id)
if redis.call('HGET', KEYS.members, id) ~= ARGV.member then
  redis.call('HSET', KEYS.members, id, ARGV.member)
  changed = true
end
redis.call('HSET', KEYS.loads, id, ARGV.load)
-- Not counted up from nothing: after a flush a number that somebody knows would come again.
if changed or redis.call('EXISTS', KEYS.version) == 0 then
  redis.call('SET', KEYS.version, math.max(now, tonumber(redis.call('GET', KEYS.version) or 0) + 1))
end

local leader, leads = redis.call('GET', KEYS.leader), 0
if not leader or leader == id then
  leads = 1
  redis.call('SET', KEYS.leader, id, 'PX', ARGV.leadMs)
  if ARGV.format ~= '' then redis.call('SET', KEYS.format, ARGV.format) end
end

local version = redis.call('GET', KEYS.version)
local answer = { now, is_back, leads, redis.call('GET', KEYS.format) or '', version,
  1 - redis.call('PEXPIRE', KEYS.functions, ARGV.functionsTtlMs), false, redis.call('GET', KEYS.order) or '' }
if answer[8] ~= '' then redis.call('PEXPIRE', KEYS.order, ARGV.functionsTtlMs) end
if version ~= ARGV.version then answer[7] = redis.call('HVALS', KEYS.members) end
return answer
