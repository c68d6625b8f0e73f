#!lua flags=allow-oom
-- What an operator wants of a worker. The worker reads it with each heartbeat, and gets a message to read it now. The last order
-- counts, and 'exit' is the last.
-- KEYS: seen, members, order
-- ARGV: worker, order, keepMs, channel, message
-- Answers: the worker as its last heartbeat describes it (JSON), and the order that stands; nothing when it does not live.
-- include clock

local seen, member = redis.call('ZSCORE', KEYS.seen, ARGV.worker), redis.call('HGET', KEYS.members, ARGV.worker)
if not member or not seen or tonumber(seen) <= clock() then return false end
local member_data = cjson.decode(member)
-- Nobody else reads orders.
if member_data.app ~= 'worker' or not member_data.wanted then return { member, '' } end
if member_data.wanted == 'exit' or redis.call('GET', KEYS.order) == 'exit' then return { member, 'exit' } end
-- It is ending by itself.
if member_data.state == 'draining' and member_data.wanted == 'take' then return { member, 'exit' } end
redis.call('SET', KEYS.order, ARGV.order, 'PX', ARGV.keepMs)
redis.call('PUBLISH', ARGV.channel, ARGV.message)
return { member, ARGV.order }
