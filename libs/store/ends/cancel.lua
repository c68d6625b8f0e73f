#!lua flags=allow-oom
-- Cancels: what waits never runs; what runs is told to stop, through its worker, and ends as cancelled when it has.
-- KEYS: record, open, outbox, queued, line, turns, dead letters, their expiry
-- ARGV: id, code, envelope if it was never started, envelope if it was, 1: what runs goes on
-- Answers the status now; '' when there is no record
-- include clock
-- include open
-- include terms
-- include shared
-- include line
-- include dead
-- include limit
-- include end

local record, at, lane, id = KEYS[1], ends_at(KEYS[2], 3, 7), lane_keys(4), ARGV[1]
local r = redis.call('HMGET', record, 'status', 'attempt', 'worker', 'envelope')
if not r[1] then return '' end
if r[4] then return r[1] end
if r[1] ~= 'running' then
  local envelope = ARGV[3]
  if tonumber(r[2]) > 0 then envelope = ARGV[4] end
  end_record(at, record, lane, id, 'cancelled', ARGV[2], envelope, clock())
  return 'cancelled'
end
if ARGV[5] == '1' then return 'running' end
-- The message may be lost: the worker's next renewal of the lease tells it too.
redis.call('HSET', record, 'cancelAsked', 1)
-- The channel as `workerChannel` in keys.ts names it; what all names start with stands in the record's.
redis.call('PUBLISH', string.match(record, '^{(.*):%d+}') .. ':worker:' .. r[3], id)
return 'running'
