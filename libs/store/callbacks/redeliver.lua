#!lua flags=allow-oom
-- Delivers once more, from the first try on, whatever came of it before: now, or when the try under way has failed.
-- KEYS: record, delivery, outbox, receivers, receiverQueue
-- ARGV: id, receiver
-- Answers 1, or 0 when there is nothing to deliver (yet).
-- include clock
-- include outbox

local record, delivery, outbox, receivers, queue = KEYS.record, KEYS.delivery, KEYS.outbox, KEYS.receivers, KEYS.receiverQueue
local id, receiver = ARGV.id, ARGV.receiver
if redis.call('HEXISTS', record, 'webhookID') == 0 then return 0 end
local now = clock()
local due_at = redis.call('ZSCORE', queue, id)
local under_way = redis.call('HEXISTS', delivery, 'holder') == 1 and due_at and tonumber(due_at) > now
redis.call('HSET', delivery, 'state', 'pending', 'tries', 0, 'forced', 1)
if not under_way then
  redis.call('HSET', delivery, 'nextAt', now)
  redis.call('ZADD', queue, now, id)
end
redis.call('ZADD', outbox, now + QUEUED_OFFSET, id)
receiver_due(receivers, queue, receiver)
keep_with(record, delivery)
return 1
