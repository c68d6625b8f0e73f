#!lua flags=allow-oom
-- Takes as many calls of a lane as there are tokens for, those that are next among what this kind of worker serves, and
-- starts them: in one step, so that no call is on its way between the two.
-- KEYS: open, queued, ready, turns, tickets, took
-- ARGV: prefix (of records' keys), worker, leaseMs, digest (of what it serves), byTicket (1 when a ticket
--   brought us, else 0), tokenHashes[] (one for each call; none: only to tell on what waits)
-- Answers {1 when more waits that it serves, 0 when not, -1 when nobody knows what it serves, then for each token, as far as
--   they reach, what `start` answers, or nil when what was started under it is over}
-- include clock
-- include dueIndex
-- include callSpec
-- include tickets
-- include lane
-- include readyQueue
-- include serves
-- include wake
-- include packed
-- include start

local open, lane, prefix = KEYS.open, lane_of(KEYS.queued, KEYS.ready, KEYS.turns), ARGV.prefix
local digest, by_ticket = ARGV.digest, ARGV.byTicket == '1'
local now, token_hashes = clock(), {}
for i = ARGV.tokenHashes.first, ARGV.tokenHashes.last do token_hashes[#token_hashes + 1] = ARGV.tokenHashes[i] end

-- A connection that broke before the reply came sends the command again: it has what it took the first time.
local took = #token_hashes > 0 and redis.call('GET', KEYS.took)
if took then
  local claims, i = {}, 0
  for id in string.gmatch(took, '%S+') do
    i = i + 1
    -- Each at the place of its token. `false` is nil to the client, and does not end the answer.
    local claim = { started_before(prefix .. id, id, token_hashes[i], now) }
    claims[i] = claim[1] ~= nil and claim
  end
  return { 1, unpack(claims) }
end
if by_ticket then ticket_used(KEYS.tickets) end

local by = { worker = ARGV.worker, lease_ms = ARGV.leaseMs }
local ids, claims, none_served = start_those_next(prefix, open, lane, digest, by, token_hashes, now, false)
if #ids > 0 then redis.call('SET', KEYS.took, table.concat(ids, ' '), 'PX', ARGV.leaseMs) end
local more = not none_served and next_served(lane, digest, now) ~= nil
if not more and #ids == 0 then
  silence(lane, digest)
  if redis.call('EXISTS', serves_of(lane, digest)) == 0 then return { -1 } end
end
if by_ticket and #ids == 0 then ring_others(lane) end
return { more and 1 or 0, unpack(claims) }
