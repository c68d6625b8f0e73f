-- Bytes that the calls of an env hold, beside what is bounded by count: data over FREE_BYTES while a call has no end, dead
-- letters, and what other ended calls keep. Small calls are not counted, and pay nothing.
-- waiting: a hash, env to bytes. dead: a hash, env to bytes, and letter to bytes; it expires no sooner than its last letter.
-- kept: a hash for each env: `total`, `max` (the quota, as `room.lua` was told), and expiry (ms) to the bytes that go then.
-- include freeBytes
-- include logs
-- A record expires unseen, so its bytes stand under the end of a span of its retention, and go when that is over.
local SPANS = 32
-- More spans than this are looked through for those that are over.
local MAX_SPANS = 256

-- `beside`: any key of the partition.
local function bytes_key(beside, what)
  return string.match(beside, '^.-}') .. ':bytes:' .. what
end

local function add_bytes(key, field, bytes)
  local total = redis.call('HINCRBY', key, field, bytes)
  if total <= 0 then redis.call('HDEL', key, field) end
  return total
end

-- What stands in `counted` of a record whose data are counted.
local function held_by(counted)
  local bytes, env = string.match(counted, '^(%d+) (.*)$')
  return tonumber(bytes), env
end

-- May `bytes` of data more come in? `max_dead` is '' for what takes no place among the dead letters. Answers nil, or the refusal.
local function over_quota(beside, env, bytes, max_waiting, max_dead)
  local waiting = tonumber(redis.call('HGET', bytes_key(beside, 'waiting'), env) or 0)
  if waiting + bytes > tonumber(max_waiting) then return { 'bytes', 'waiting', waiting } end
  if max_dead == '' then return nil end
  local dead = tonumber(redis.call('HGET', bytes_key(beside, 'dead'), env) or 0)
  if dead >= tonumber(max_dead) then return { 'bytes', 'dead', dead } end
  return nil
end

local function count_waiting(beside, env, bytes)
  add_bytes(bytes_key(beside, 'waiting'), env, bytes)
end

-- The letter holds its record's data, end and logs.
local function count_letter(beside, env, letter, bytes, keep_ms)
  local key = bytes_key(beside, 'dead')
  redis.call('HSET', key, letter, bytes)
  redis.call('HINCRBY', key, env, bytes)
  if redis.call('PTTL', key) < keep_ms then redis.call('PEXPIRE', key, keep_ms) end
end

-- Answers the bytes that the letter held; 0 when it is not counted.
local function forget_letter(beside, letter)
  local key = bytes_key(beside, 'dead')
  local bytes = tonumber(redis.call('HGET', key, letter) or 0)
  if bytes > 0 then
    redis.call('HDEL', key, letter)
    add_bytes(key, string.match(letter, '^[^/]*'), -bytes)
  end
  return bytes
end

-- Drops the spans that are over; answers the bytes that are kept.
local function settle_kept(key, now)
  local all, gone = redis.call('HGETALL', key), 0
  for i = 1, #all, 2 do
    local span = tonumber(all[i])
    if span and span <= now then
      gone = gone + all[i + 1]
      redis.call('HDEL', key, all[i])
    end
  end
  if gone > 0 then return redis.call('HINCRBY', key, 'total', -gone) end
  return tonumber(redis.call('HGET', key, 'total') or 0)
end

-- `key`: of what an env keeps (`bytes_key(…, 'kept:' .. env)`).
local function count_kept(key, bytes, keep_ms, now)
  local span = math.max(1000, math.ceil(keep_ms / SPANS))
  local over_at = math.ceil((now + keep_ms) / span) * span
  redis.call('HINCRBY', key, string.format('%.0f', over_at), bytes)
  redis.call('HINCRBY', key, 'total', bytes)
  if redis.call('PTTL', key) < over_at - now then redis.call('PEXPIRE', key, over_at - now) end
  if redis.call('HLEN', key) > MAX_SPANS then settle_kept(key, now) end
end

-- Is there room for `bytes` more? No quota is known until an API has looked.
local function fits_kept(key, bytes, now)
  local known = redis.call('HMGET', key, 'total', 'max')
  if not known[2] or (known[1] or 0) + bytes <= tonumber(known[2]) then return true end
  return settle_kept(key, now) + bytes <= tonumber(known[2])
end
