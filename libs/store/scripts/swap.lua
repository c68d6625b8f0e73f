#!lua flags=allow-oom
-- Changes one field of a hash, if it is still what somebody has read. Answers 1 when it was.
-- KEYS: hash
-- ARGV: field, seen (the text that was read), text (the new one; '': the field goes)

if redis.call('HGET', KEYS.hash, ARGV.field) ~= ARGV.seen then return 0 end
if ARGV.text == '' then redis.call('HDEL', KEYS.hash, ARGV.field)
else redis.call('HSET', KEYS.hash, ARGV.field, ARGV.text) end
return 1
