#!lua flags=allow-oom
-- A worker takes back its offer, and reads what was dispatched to it.
-- KEYS: ready, took (of the token)
-- ARGV: worker, digest (under which it left it), tokenHash
-- Answers 1 when a call was started under the offer, else 0, and then what was dispatched (see offers.lua).
-- include offers

local lane, worker = { ready = KEYS.ready }, ARGV.worker
local offers, mine = offers_of(lane, ARGV.digest), ' ' .. ARGV.tokenHash .. ' '
for _, offer in ipairs(redis.call('LRANGE', offers, 0, -1)) do
  if string.find(offer, mine, 1, true) then redis.call('LREM', offers, 1, offer) end
end
local list = dispatched_to(lane, worker)
local texts = redis.call('LRANGE', list, 0, -1)
redis.call('DEL', list)
return { redis.call('EXISTS', KEYS.took), unpack(texts) }
