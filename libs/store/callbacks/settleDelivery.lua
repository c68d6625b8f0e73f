#!lua flags=allow-oom
-- Records what came of a try; fenced by its holder.
-- KEYS: record, delivery, outbox, receivers, receiverQueue
-- ARGV: id, receiver, holder, state ('pending': again in inMs; 'given back': the same, and no try was made), inMs, try?
--   (JSON)
-- Answers 1, or 0 when fenced.
-- include clock
-- include outbox
-- include callSpec
-- include undelivered

local record, delivery, outbox, receivers, queue = KEYS.record, KEYS.delivery, KEYS.outbox, KEYS.receivers, KEYS.receiverQueue
local id, receiver, holder, state = ARGV.id, ARGV.receiver, ARGV.holder, ARGV.state
local d = redis.call('HMGET', delivery, 'holder', 'settled', 'made', 'tries')
-- A connection that broke before the reply came sends the command again.
if d[2] == holder then return 1 end
if d[1] ~= holder then return 0 end
if state == 'given back' then
  state = 'pending'
  redis.call('HSET', delivery, 'state', state, 'settled', holder)
  redis.call('HINCRBY', delivery, 'made', -1)
  -- It may have been set to 0 meanwhile, by somebody who asked for the delivery.
  if tonumber(d[4]) > 0 then redis.call('HINCRBY', delivery, 'tries', -1) end
else
  redis.call('HSET', delivery, 'state', state, 'settled', holder, 'try:' .. d[3], ARGV.try)
end
-- One that comes through at once was never on the list.
if state == 'delivered' then
  if tonumber(d[3]) > 1 then unlist_undelivered(record, id) end
elseif ARGV.state ~= 'given back' then
  list_undelivered(record, id, clock())
end
redis.call('HDEL', delivery, 'holder')
if state == 'pending' then
  local next_at = clock() + ARGV.inMs
  redis.call('HSET', delivery, 'nextAt', next_at)
  redis.call('ZADD', queue, next_at, id)
else
  redis.call('HDEL', delivery, 'forced')
  redis.call('ZREM', queue, id)
  redis.call('ZREM', outbox, id)
end
receiver_due(receivers, queue, receiver)
keep_with(record, delivery)
return 1
