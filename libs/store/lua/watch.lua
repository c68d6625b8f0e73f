#!lua flags=allow-oom
-- Asks that one more API process be told of the end. Answers {status, envelope or ''}; '' when there is no record.
-- KEYS: record
-- ARGV: channel

local r = redis.call('HMGET', KEYS[1], 'status', 'envelope', 'replyTo')
if not r[1] then return { '', '' } end
if r[2] then return { r[1], r[2] } end
local channels = ' ' .. (r[3] or '') .. ' '
if not string.find(channels, ' ' .. ARGV[1] .. ' ', 1, true) then
  redis.call('HSET', KEYS[1], 'replyTo', (r[3] or '') .. ' ' .. ARGV[1])
end
return { r[1], '' }
