#!lua flags=allow-oom
-- Records how an attempt ended: the first writer wins, and only the attempt that runs may write. A worker that goes on has
-- its next call with the same answer: whoever is next in the line of that lane is started.
-- KEYS: record, open, outbox, queued, line, turns, dead letters, their expiry, permits, held, logs
-- ARGV: id, attempt, outcome, code, envelope, logs (ndjson, may be ''), used (JSON, may be ''), worker, leaseMs,
--   tokenHash (of the next; '': no next one is wanted), format, digest of what the worker serves,
--   <env>:<function>
-- Answers {1, id of a call that now has its permit, or '', the next one as `start` answers …}, or {0} when fenced.
-- include clock
-- include open
-- include terms
-- include shared
-- include line
-- include serves
-- include adopt
-- include dead
-- include limit
-- include end
-- include wake
-- include start

local record, open, lane, id, now = KEYS[1], KEYS[2], lane_keys(4, ARGV[11]), ARGV[1], clock()
local by = { worker = ARGV[8], lease_ms = ARGV[9], token_hash = ARGV[10] }
-- Of the keys of records: any other call of the lane is of the same partition.
local prefix = string.sub(record, 1, -1 - #id)
local r = redis.call('HMGET', record, 'status', 'attempt', 'envelope', 'told', 'next', unpack(END_FIELDS))
-- A connection that broke before the reply came sends the command again: it was recorded the first time.
if r[2] == ARGV[2] and r[3] == ARGV[5] then
  local again = r[5] and started_before(prefix .. r[5], r[5], by.token_hash, now)
  return { 1, '', unpack(again or {}) }
end
if r[1] ~= 'running' or r[2] ~= ARGV[2] then return { 0 } end

local more = {}
if ARGV[7] ~= '' then more = { 'used', ARGV[7] } end
local next
if by.token_hash ~= '' then
  if lane.format == 1 then adopt(lane, prefix) end
  local nobody_waits
  -- It served this function, unless the code did not even load.
  next, nobody_waits = start_next(prefix, open, lane, ARGV[12], by, now, ARGV[7] ~= '' and ARGV[13])
  if next then
    table.insert(more, 'next')
    table.insert(more, next[2])
  elseif not nobody_waits then
    redis.call('RPUSH', lane.bell .. ARGV[12], 1)
  end
end
if ARGV[6] ~= '' then redis.call('APPEND', KEYS[11], ARGV[6]) end
local ending = { outcome = ARGV[3], code = ARGV[4], envelope = ARGV[5], more = more, logged = #ARGV[6] }
local keep_ms, permitted = finish_record(record, open, nil, id, ending, { unpack(r, 6) }, now)
-- Those that were told before, and of attempts before it, too.
if ARGV[6] ~= '' or r[4] or tonumber(ARGV[2]) > 1 then redis.call('PEXPIRE', KEYS[11], keep_ms) end
return { 1, permitted, unpack(next or {}) }
