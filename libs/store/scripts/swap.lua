#!lua flags=allow-oom
-- Changes one field of a hash, if it is still what somebody has read. Answers 1 when it was.
-- KEYS: hash
-- ARGV: field, the text that was read, the new text ('': the field goes)

if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
