-- Offers: where nobody waits, the end of a call leaves one for its slot. A call that comes to the lane soon is started under it,
-- in the step that accepts it. It is dispatched: it goes to a list of the worker, which is read with the wait for the bell.
-- offers .. digest: a list of `<worker> <leaseMs> <tokenHash> <until>` (ms), the offers of one kind of worker, the oldest first.
-- dispatched .. worker: a list of `<id>`, a line break and the packed record, those that the worker has not read.

-- So long an offer stands, ms. A worker that dies or is frozen takes along what it was given, so only one that works is trusted.
local OFFER_MS = 20

local function offers_of(lane, digest)
  return lane.ready .. ':offers:' .. digest
end

local function dispatched_to(lane, worker)
  return lane.ready .. ':dispatched:' .. worker
end

local function leave_offer(lane, digest, worker, lease_ms, token_hash, now)
  redis.call('RPUSH', offers_of(lane, digest), worker .. ' ' .. lease_ms .. ' ' .. token_hash .. ' ' .. text_of(now + OFFER_MS))
end

-- As `tookKey` of keys.ts has it.
local function took_by(lane, token_hash)
  return string.match(lane.ready, '^[^}]*}') .. ':took:' .. token_hash
end
