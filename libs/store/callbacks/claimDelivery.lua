#!lua flags=allow-oom
-- Gives a due delivery to one worker, for the time of a lease: a worker that dies with it is followed by another one.
-- KEYS: record, delivery, outbox, receivers, receiverQueue
-- ARGV: id, receiver, holder (new for each try), leaseMs
-- Answers: {'taken', now, try of this round, forced, fields…} | {'later'} | {'gone'}
-- include clock
-- include outbox

-- Tries that are remembered.
local MAX_TOLD = 100

local record, delivery, outbox, receivers, queue = KEYS.record, KEYS.delivery, KEYS.outbox, KEYS.receivers, KEYS.receiverQueue
local id, receiver, holder = ARGV.id, ARGV.receiver, ARGV.holder
local r = redis.call('HMGET', record, 'webhookID', 'callbackUrl', 'terms', 'status', 'envelope', 'finishedAt', 'traceparent')
local d = redis.call('HMGET', delivery, 'holder', 'tries', 'made', 'sentAt', 'forced')
local now = clock()

local function taken(at, try)
  return { 'taken', at, try, d[5] or '', r[1], r[2], r[3], r[4], r[5], r[6], r[7] or '' }
end

-- A connection that broke before the reply came sends the command again.
if d[1] == holder then return taken(tonumber(d[4]), tonumber(d[2])) end
local due_at = redis.call('ZSCORE', queue, id)
if due_at and not r[1] then
  -- Past retention: there is nothing left to tell.
  redis.call('ZREM', queue, id)
  redis.call('ZREM', outbox, id)
  redis.call('DEL', delivery)
  due_at = nil
end
if not due_at or tonumber(due_at) > now then
  receiver_due(receivers, queue, receiver)
  if due_at then return { 'later' } end
  return { 'gone' }
end

local try, made = (d[2] or 0) + 1, (d[3] or 0) + 1
-- The last one's worker died: nobody knows whether the receiver got it.
if d[1] then redis.call('HSET', delivery, 'try:' .. d[3], '{"at":' .. d[4] .. ',"outcome":"unknown"}') end
redis.call('HSET', delivery, 'state', 'pending', 'holder', holder, 'tries', try, 'made', made, 'sentAt', now)
redis.call('HDEL', delivery, 'nextAt', 'try:' .. (made - MAX_TOLD))
keep_with(record, delivery)
redis.call('ZADD', queue, now + ARGV.leaseMs, id)
receiver_due(receivers, queue, receiver)
return taken(now, try)
