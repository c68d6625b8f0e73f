#!lua flags=allow-oom
-- Has one more API process notified of the end, or (live) of every change. Answers {status, envelope or ''}; '' when
-- there is no record.
-- KEYS: record
-- ARGV: channel, live (1 or 0)
-- include unpacked

unpacked(KEYS.record)
local r = redis.call('HMGET', KEYS.record, 'status', 'envelope', 'replyTo', 'watchers')
if not r[1] then return { '', '' } end
if r[2] then return { r[1], r[2] } end

local function add(field, channels)
  channels = channels or ''
  if string.find(' ' .. channels .. ' ', ' ' .. ARGV.channel .. ' ', 1, true) then return end
  redis.call('HSET', KEYS.record, field, channels .. ' ' .. ARGV.channel)
end

add('replyTo', r[3])
if ARGV.live == '1' then add('watchers', r[4]) end
return { r[1], '' }
