-- Dead letters: async calls that failed for good, until they are replayed, purged, or past retention.
-- letters: '<env>/<function>/<time>/<id>', all of score 0, so that they stand in the order of their text: one function's
-- side by side, by time. expiry: the same letters by the time of their expiry.
-- terms.lua is included before.
local BURIED = { failed = true, crashed = true, timedOut = true, lost = true, expired = true }
-- With each that comes so many go whose time is over: more go than come.
local GO_WITH_ONE = 10

-- `first`: where the two stand in KEYS.
local function dead_keys(first)
  return { letters = KEYS[first], expiry = KEYS[first + 1] }
end

local function unbury(at, letter)
  redis.call('ZREM', at.expiry, letter)
  return redis.call('ZREM', at.letters, letter)
end

local function bury(at, record, id, now, keep_ms)
  for _, letter in ipairs(redis.call('ZRANGEBYSCORE', at.expiry, '-inf', now, 'LIMIT', 0, GO_WITH_ONE)) do
    unbury(at, letter)
  end
  local terms = terms_of(redis.call('HGET', record, 'terms'))
  local letter = string.format('%s/%s/%013.0f/%s', terms.env, terms['function'], now, id)
  redis.call('ZADD', at.letters, 0, letter)
  redis.call('ZADD', at.expiry, now + keep_ms, letter)
  redis.call('HSET', record, 'letter', letter)
  -- When nothing fails any more, nothing is left.
  for _, key in ipairs({ at.letters, at.expiry }) do
    if redis.call('PTTL', key) < keep_ms then redis.call('PEXPIRE', key, keep_ms) end
  end
end
