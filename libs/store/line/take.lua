#!lua flags=allow-oom
-- Takes as many calls of a lane as there are tokens for, those that are next among what this kind of worker serves, and
-- starts them: in one step, so that no call is on its way between the two.
-- KEYS: open, queued, line, turns, tickets, took
-- ARGV: format, prefix of records' keys, worker, leaseMs, digest of what it serves, 1 when a ticket brought us or 0, then a
--   tokenHash for each call (none: only to tell on what waits)
-- Answers {1 when more waits that it serves, 0 when not, -1 when nobody knows what it serves, then for each token, as far as
--   they reach, what `start` answers, or nil when what was started under it is over}
-- include clock
-- include open
-- include terms
-- include tickets
-- include shared
-- include line
-- include serves
-- include adopt
-- include wake
-- include start

local open, lane, prefix, digest, by_ticket = KEYS[1], lane_keys(2, ARGV[1]), ARGV[2], ARGV[5], ARGV[6] == '1'
local FIRST_TOKEN = 7
local now, claims = clock(), {}

-- A connection that broke before the reply came sends the command again: it has what it took the first time.
local took = ARGV[FIRST_TOKEN] and redis.call('GET', KEYS[6])
if took then
  local i = FIRST_TOKEN
  for id in string.gmatch(took, '%S+') do
    -- Each at the place of its token. `false` is nil to the client, and does not end the answer.
    table.insert(claims, started_before(prefix .. id, id, ARGV[i], now) or false)
    i = i + 1
  end
  return { 1, unpack(claims) }
end

if by_ticket then ticket_used(KEYS[5]) end
local more, starters, ids = adopt(lane, prefix), {}, {}
for i = FIRST_TOKEN, #ARGV do
  table.insert(starters, { worker = ARGV[3], lease_ms = ARGV[4], token_hash = ARGV[i] })
end
local none_served, none_at_all
claims, none_served, none_at_all = start_those_next(prefix, open, lane, digest, starters, now)
for _, claim in ipairs(claims) do table.insert(ids, claim[2]) end
if #ids > 0 then redis.call('SET', KEYS[6], table.concat(ids, ' '), 'PX', ARGV[4]) end
-- The count of tickets may be wrong: somebody waited whom none brought, or they brought us to an empty line.
if (not by_ticket and #ids > 0) or none_at_all or nobody_stands(lane) then forget_tickets(KEYS[5]) end
more = more or (not none_served and next_served(lane, digest, now) ~= nil)
if not more and #ids == 0 then
  silence(lane, digest)
  if redis.call('EXISTS', lane.serves .. digest) == 0 then return { -1 } end
end
if by_ticket and #ids == 0 then tell_on(lane) end
return { more and 1 or 0, unpack(claims) }
