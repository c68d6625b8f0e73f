#!lua flags=allow-oom
-- Takes whoever is next out of a lane's line, to be claimed. Nothing is acknowledged: a worker may die before it claims, or
-- the reply may be lost with its connection, so the sweeper looks soon, and puts back what nobody claimed.
-- KEYS: line, open, tickets
-- ARGV: lookMs, 1 when a ticket brought us, 0 when not
-- Answers the id, or '' when nobody waits
-- include clock
-- include open
-- include tickets

local id = redis.call('ZPOPMIN', KEYS[1])[1]
if id and ARGV[2] == '1' then ticket_used(KEYS[3]) else forget_tickets(KEYS[3]) end
if not id then return '' end
look_at_queued(KEYS[2], id, clock() + ARGV[1])
return id
