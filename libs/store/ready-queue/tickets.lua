-- Tickets: what brings an idle slot to a ready queue that a BullMQ queue carries. A slot stays while anybody waits, so there need not be
-- one for each call: enough of them that every idle slot is brought, and no more.
-- tickets: a number, those on their way. It may be wrong after a crash, so whoever finds the queue empty, or finds somebody
-- in it without having been brought, forgets it.

-- How many are to be added for so many calls. `max`: as many are enough; 0 when this lane needs none.
local function tickets_for(tickets, max, calls)
  if max == 0 then return 0 end
  local count = math.min(calls, max - tonumber(redis.call('GET', tickets) or 0))
  if count <= 0 then return 0 end
  redis.call('INCRBY', tickets, count)
  return count
end

-- Answers whether any is left.
local function ticket_used(tickets)
  if redis.call('DECR', tickets) > 0 then return true end
  redis.call('DEL', tickets)
  return false
end

local function forget_tickets(tickets)
  redis.call('DEL', tickets)
end
