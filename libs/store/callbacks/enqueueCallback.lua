#!lua flags=allow-oom
-- Moves a new callback from the outbox's head into its receiver's queue.
-- KEYS: outbox, receivers, receiverQueue
-- ARGV: id, receiver
-- Answers 1, or 0 when it stands there already.
-- include clock
-- include outbox

local outbox, receivers, queue, id = KEYS.outbox, KEYS.receivers, KEYS.receiverQueue, ARGV.id
local ended_at = redis.call('ZSCORE', outbox, id)
if not ended_at or tonumber(ended_at) >= QUEUED_OFFSET then return 0 end
redis.call('ZADD', outbox, ended_at + QUEUED_OFFSET, id)
redis.call('ZADD', queue, 'NX', clock(), id)
receiver_due(receivers, queue, ARGV.receiver)
return 1
