#!lua flags=allow-oom
-- Has a failed attempt followed by another one, after a while: from now on it waits, and the sweeper sees to its time.
-- KEYS: record, open, logs, permits, held
-- ARGV: id, attempt, afterMs, outcome, code, envelope (its end if no other attempt can start in time), ending (JSON, kept
--   of this attempt), lines (ndjson, may be ''), used (JSON)
-- Answers 'retrying', 'end' (its caller asked for its end meanwhile: finish it), or 'lost' when fenced.
-- include clock
-- include callSpec
-- include dueIndex
-- include limit
-- include attempts
-- include wake
-- include retrying
-- include unpacked

local record, open, logs, id = KEYS.record, KEYS.open, KEYS.logs, ARGV.id
unpacked(record)
local r = redis.call('HMGET', record, 'status', 'attempt', 'cancelAsked', 'terms', 'retainMs', 'notBefore', 'queuedAt',
  'maxRunning', 'watchers')
-- A connection that broke before the reply came sends the command again: the first one counts.
if r[1] == 'retrying' and r[2] == ARGV.attempt then return 'retrying' end
if r[1] ~= 'running' or r[2] ~= ARGV.attempt then return 'lost' end
if r[3] then return 'end' end

local now = clock()
local not_before = now + ARGV.afterMs
local expires_at = not_before + spec_of(r[4]).queueAgeMs
keep_attempt(record, ARGV.ending, now)
redis.call('HSET', record, 'status', 'retrying', 'notBefore', not_before, 'readyAt', r[6] or r[7], 'expiresAt',
  expires_at, 'failure', ARGV.outcome .. ' ' .. ARGV.code .. ' ' .. ARGV.envelope, 'used', ARGV.used)
redis.call('HDEL', record, 'leaseUntil', 'suspectAt', 'tokenHash', 'turn')
if ARGV.lines ~= '' then
  redis.call('APPEND', logs, ARGV.lines)
  -- Whoever ends it, its logs end some time.
  redis.call('PEXPIRE', logs, expires_at - now + r[5])
end
schedule_queued(open, id, not_before)
waits_to_retry(record, id, not_before, now)
-- While it waits for its time, another one may run.
if r[8] then give_back({ permits = KEYS.permits, held = KEYS.held }, open, id, r[8], now) end
wake(r[9], id)
return 'retrying'
