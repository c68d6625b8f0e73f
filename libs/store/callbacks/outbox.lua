-- The outbox: every callback that is not delivered yet, by the time (ms) of its end. What stands in its receiver's queue is
-- shifted by more than any time can be, so that what is new comes first. Each receiver has a queue of its own, by the time
-- at which each delivery is due: however long one is, the others do not wait behind it.
local QUEUED_OFFSET = 1e15

-- Receivers stand by the time of the first in their queue.
local function receiver_due(receivers, queue, receiver)
  local first = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')
  if first[2] then
    redis.call('ZADD', receivers, first[2], receiver)
  else
    redis.call('ZREM', receivers, receiver)
  end
end

-- The history of a delivery is kept for as long as the record.
local function keep_with(record, delivery)
  local left = redis.call('PTTL', record)
  if left > 0 then redis.call('PEXPIRE', delivery, left) end
end
