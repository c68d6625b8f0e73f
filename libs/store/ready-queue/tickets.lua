-- Tickets: jobs of BullMQ that bring an idle slot to the ready queues of a lane which BullMQ carries. Whoever joins a queue is rung
-- for as well, so one ticket is enough for all that come within TICKET_MS: it brings a slot where no ring was heard.
-- tickets: a key that is there while a ticket is young. Releases before kept a number in it, the tickets on their way.
local TICKET_MS = 1000

-- How many are to be added, 1 or 0, for those that have joined a queue.
local function tickets_for(tickets, is_ticketed)
  return is_ticketed and redis.call('SET', tickets, 1, 'NX', 'PX', TICKET_MS) and 1 or 0
end

-- One has brought a slot. The number of a release before would stay for ever.
local function ticket_used(tickets)
  if redis.call('PTTL', tickets) == -1 then redis.call('DEL', tickets) end
end
