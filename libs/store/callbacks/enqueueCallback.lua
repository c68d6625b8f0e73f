#!lua flags=allow-oom
-- Moves a new callback from the outbox's head into its receiver's line.
-- KEYS: outbox, receivers, line
-- ARGV: id, receiver
-- Answers 1, or 0 when it stands there already.
-- include clock
-- include outbox

local outbox, receivers, line, id = KEYS.outbox, KEYS.receivers, KEYS.line, ARGV.id
local ended_at = redis.call('ZSCORE', outbox, id)
if not ended_at or tonumber(ended_at) >= LINED then return 0 end
redis.call('ZADD', outbox, ended_at + LINED, id)
redis.call('ZADD', line, 'NX', clock(), id)
receiver_due(receivers, line, ARGV.receiver)
return 1
