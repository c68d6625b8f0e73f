#!lua flags=allow-oom
-- Starts an attempt, if the invocation waits for one. A running record is never taken over here, even when its lease is
-- over: only the sweeper declares a worker dead (sweep.lua tells why).
-- KEYS: record, open, queued, line, turns
-- ARGV: id, worker, leaseMs, tokenHash
-- Answers: {'claimed', attempt, ms until the deadline, fields…} | {'busy'} (it runs, or its time has not come) |
--   {'late'} (the sweeper ends it) | {'ended'} | {'unknown'}
-- include clock
-- include open
-- include line
-- include wake

local record, open, lane = KEYS[1], KEYS[2], lane_keys(3)
local id = ARGV[1]
local r = redis.call('HMGET', record, 'status', 'attempt', 'expiresAt', 'mode', 'timeoutMs', 'env', 'function', 'data',
  'origin', 'depth', 'traceparent', 'queuedAt', 'tokenHash', 'deadline', 'retainMs', 'turn', 'notBefore', 'retry',
  'losses', 'runAt', 'watchers')
local status = r[1]
if not status then return { 'unknown' } end

local function claimed(attempt, limit_ms)
  local at = clock()
  local ready = math.max(tonumber(r[12]), tonumber(r[17] or 0))
  return { 'claimed', attempt, limit_ms, r[4], r[6], r[7], r[8], r[9], r[10], r[11] or '', at - ready, tonumber(r[5]),
    r[18] or '', tonumber(r[19] or 0), at - (r[20] or r[12]), tonumber(r[15]), at }
end

if status == 'running' then
  -- The token is new for every claim: the same one again is a claim whose reply was lost with its connection.
  if r[13] == ARGV[4] then return claimed(tonumber(r[2]), r[14] - clock()) end
  return { 'busy' }
end
if status ~= 'queued' and status ~= 'retrying' then return { 'ended' } end

local now = clock()
-- Who has no turn is not in the line: its time has not come.
if not r[16] then return { 'busy' } end
if now >= tonumber(r[3]) then
  look_at_queued(open, id, now)
  return { 'late' }
end

local attempt = r[2] + 1
-- Time in the queue counts for a sync call, which is over when it expires; an async call has its whole limit for the run.
local deadline = now + r[5]
if r[4] == 'sync' then deadline = tonumber(r[3]) end
redis.call('HSET', record, 'status', 'running', 'attempt', attempt, 'startedAt', now, 'worker', ARGV[2],
  'leaseUntil', now + ARGV[3], 'leaseMs', ARGV[3], 'deadline', deadline, 'tokenHash', ARGV[4])
served(lane, id, r[16])
look_at_running(open, id, now + ARGV[3])
wake(r[21], id)
return claimed(attempt, deadline - now)
