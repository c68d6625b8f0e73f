#!lua flags=allow-oom
-- One heartbeat: this process is here, and reads what it has to know of the others. An idle fleet does little else, so a
-- heartbeat that brings nothing new is few commands.
-- KEYS: seen (sorted set: id by the time its heartbeat runs out), members (hash), loads (hash), version, leader,
--   format, functions (the list of those that this process serves), order (what operators want of this process)
-- ARGV: id, ttlMs, member (JSON), load? (JSON; not given: as before), version (the one it knows, with its member as it
--   is; '': none), leadMs, format? (that it would have as leader), functionsTtlMs? (not given: the list is left alone), outAt
--   (when its heartbeat before runs out, or 0)
-- Answers: now, 1 when its heartbeat had run out (or there was none), 1 when it leads, the format or '', the version,
--   1 when its list of functions is missing, all members (JSON each) when the version is another one, and the order or ''
-- include clock

local now, id = clock(), ARGV.id
local changed = false
local is_new = redis.call('ZADD', KEYS.seen, now + ARGV.ttlMs, id) == 1
local known = redis.call('MGET', KEYS.version, KEYS.leader, KEYS.format, KEYS.order)
local version, leader, format, order = known[1], known[2], known[3], known[4]

-- Who leads looks for those that are gone. When it is gone itself, its lead runs out before its heartbeat does.
local leads = not leader or leader == id
if leads then
  redis.call('SET', KEYS.leader, id, 'PX', ARGV.leadMs)
  if ARGV.format ~= '' and ARGV.format ~= format then
    redis.call('SET', KEYS.format, ARGV.format)
    format = ARGV.format
  end
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS.seen, '-inf', now, 'LIMIT', 0, 200)) do
    redis.call('ZREM', KEYS.seen, gone)
    redis.call('HDEL', KEYS.members, gone)
    redis.call('HDEL', KEYS.loads, gone)
    changed = true
  end
end

-- Nobody else writes this member, unless its heartbeat had run out; then the version is another one.
if is_new or version ~= ARGV.version then
  if redis.call('HGET', KEYS.members, id) ~= ARGV.member then
    redis.call('HSET', KEYS.members, id, ARGV.member)
    changed = true
  end
end
if ARGV.load ~= '' then redis.call('HSET', KEYS.loads, id, ARGV.load) end
-- Not counted up from nothing: after a flush a number that somebody knows would come again.
if changed or not version then
  version = text_of(math.max(now, tonumber(version or 0) + 1))
  redis.call('SET', KEYS.version, version)
end

local is_back = (is_new or now >= tonumber(ARGV.outAt)) and 1 or 0
local answer = { now, is_back, leads and 1 or 0, format or '', version, 0, false, order or '' }
if ARGV.functionsTtlMs ~= '' then
  answer[6] = 1 - redis.call('PEXPIRE', KEYS.functions, ARGV.functionsTtlMs)
  if order then redis.call('PEXPIRE', KEYS.order, ARGV.functionsTtlMs) end
end
if version ~= ARGV.version then answer[7] = redis.call('HVALS', KEYS.members) end
return answer
