-- Dead letters: async calls that failed for good, until they are replayed, purged, or past retention.
-- letters: '<env>/<function>/<time>/<id>', all of score 0, so that they stand in the order of their text: one function's
-- side by side, by time. expiry: the same letters by the time of their expiry.
-- callSpec.lua is included before.
-- Needs KEYS: dead, deadExpiry
-- include quota
local DEAD_OUTCOMES = { failed = true, crashed = true, timedOut = true, lost = true, expired = true }
-- With each that comes so many go whose time is over: more go than come.
local GO_WITH_ONE = 10

local function dead_letters()
  return { letters = KEYS.dead, expiry = KEYS.deadExpiry }
end

-- Answers 1 when it was there, and the bytes that were counted of it.
local function remove_letter(at, letter)
  redis.call('ZREM', at.expiry, letter)
  local bytes = forget_letter(at.letters, letter)
  return redis.call('ZREM', at.letters, letter), bytes
end

local function record_of(at, letter)
  local id = string.match(letter, '[^/]*$')
  return string.match(at.letters, '^.-}') .. ':inv:' .. id, id
end

-- For whoever has dealt with it: data that were counted with the letter go with it; its end and logs are kept as others are.
local function take_letter(at, letter, now)
  local taken, bytes = remove_letter(at, letter)
  if bytes == 0 then return taken end
  local record, id = record_of(at, letter)
  redis.call('HDEL', record, 'data')
  local rest = redis.call('HSTRLEN', record, 'envelope') + redis.call('STRLEN', logs_beside(record, id))
  local left = redis.call('PTTL', record)
  if rest > FREE_BYTES and left > 0 then
    count_kept(bytes_key(record, 'kept:' .. string.match(letter, '^[^/]*')), rest, left, now)
  end
  return taken
end

local function forget_expired(at, now, most)
  for _, letter in ipairs(redis.call('ZRANGEBYSCORE', at.expiry, '-inf', now, 'LIMIT', 0, most)) do
    remove_letter(at, letter)
  end
end

-- Answers the letter.
local function add_letter(at, record, id, now, keep_ms)
  forget_expired(at, now, GO_WITH_ONE)
  local spec = spec_of(redis.call('HGET', record, 'terms'))
  local letter = string.format('%s/%s/%013.0f/%s', spec.env, spec['function'], now, id)
  redis.call('ZADD', at.letters, 0, letter)
  redis.call('ZADD', at.expiry, now + keep_ms, letter)
  redis.call('HSET', record, 'letter', letter)
  -- When nothing fails any more, nothing is left.
  for _, key in ipairs({ at.letters, at.expiry }) do
    if redis.call('PTTL', key) < keep_ms then redis.call('PEXPIRE', key, keep_ms) end
  end
  return letter
end
