#!lua flags=allow-oom
-- Records what came of a try; fenced by its holder.
-- KEYS: record, delivery, outbox, receivers, line
-- ARGV: id, receiver, holder, state ('pending': again in inMs), inMs, the try (JSON)
-- Answers 1, or 0 when fenced.
-- include clock
-- include outbox

local record, delivery, outbox, receivers, line = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, receiver, holder, state = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local d = redis.call('HMGET', delivery, 'holder', 'settled', 'made')
-- A connection that broke before the reply came sends the command again.
if d[2] == holder then return 1 end
if d[1] ~= holder then return 0 end
redis.call('HSET', delivery, 'state', state, 'settled', holder, 'try:' .. d[3], ARGV[6])
redis.call('HDEL', delivery, 'holder')
if state == 'pending' then
  local next_at = clock() + ARGV[5]
  redis.call('HSET', delivery, 'nextAt', next_at)
  redis.call('ZADD', line, next_at, id)
else
  redis.call('HDEL', delivery, 'forced')
  redis.call('ZREM', line, id)
  redis.call('ZREM', outbox, id)
end
receiver_due(receivers, line, receiver)
keep_with(record, delivery)
return 1
