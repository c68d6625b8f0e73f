-- Tickets: what brings an idle slot to a line that a queue carries. A slot stays while anybody waits, so there need not be
-- one for each call: enough of them that every idle slot is brought, and no more.
-- tickets: a number, those on their way. It may be wrong after a crash, so whoever finds the line empty, or finds somebody
-- in it without having been brought, forgets it.

-- 1: one more is to be added. `max`: as many are enough; 0 when this lane needs none.
local function ticket_for(tickets, max)
  if max == 0 or tonumber(redis.call('GET', tickets) or 0) >= max then return 0 end
  redis.call('INCR', tickets)
  return 1
end

local function ticket_used(tickets)
  if redis.call('DECR', tickets) <= 0 then redis.call('DEL', tickets) end
end

local function forget_tickets(tickets)
  redis.call('DEL', tickets)
end
