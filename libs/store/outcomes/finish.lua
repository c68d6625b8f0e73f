#!lua flags=allow-oom
-- Records how attempts of one lane ended, as many as ended on a worker at about the same time: of each the first writer wins,
-- and only the attempt that runs may write. A slot that goes on has its next call with the same answer: those that are next in
-- the queues of the lane are started.
-- KEYS: open, outbox, queued, ready, turns, dead, deadExpiry
-- ARGV: format, prefix (of records' keys), worker, leaseMs, digest (of what the worker serves), ends[id, attempt,
--   outcome, code, envelope, logs (ndjson, may be ''), used (JSON, may be ''), tokenHash (of the next; '': no next one
--   is wanted), functionName (<env>:<name>)]
-- Answers for each end {1, id of a call that now has its permit, or '', the next one as `start` answers …}, or {0} when fenced.
-- include clock
-- include dueIndex
-- include callSpec
-- include shared
-- include readyQueue
-- include serves
-- include adopt
-- include deadLetters
-- include limit
-- include end
-- include wake
-- include start

local open, lane, prefix = KEYS.open, lane_of(KEYS.queued, KEYS.ready, KEYS.turns, ARGV.format), ARGV.prefix
local worker, lease_ms, digest = ARGV.worker, ARGV.leaseMs, ARGV.digest
local at = ends_at(lane.format)
local now, answers, ends, starters, ran, seen = clock(), {}, {}, {}, nil, {}

for i = ARGV.ends.first, ARGV.ends.last, ARGV.ends.step do
  local id, attempt, envelope = ARGV.ends[i].id, ARGV.ends[i].attempt, ARGV.ends[i].envelope
  local token_hash = ARGV.ends[i].tokenHash
  local r = redis.call('HMGET', prefix .. id, 'status', 'attempt', 'envelope', 'next', unpack(END_FIELDS))
  if r[2] == attempt and (r[3] == envelope or seen[id] == attempt) then
    -- A connection that broke before the reply came sends the command again: it was recorded the first time.
    local again = r[4] and started_before(prefix .. r[4], r[4], token_hash, now)
    table.insert(answers, { 1, '', unpack(again or {}) })
  elseif r[1] ~= 'running' or r[2] ~= attempt then
    table.insert(answers, { 0 })
  else
    seen[id] = attempt
    table.insert(answers, { 1, '' })
    local one = { i = i, id = id, kept = { unpack(r, 5) }, answer = #answers }
    table.insert(ends, one)
    if token_hash ~= '' then
      table.insert(starters, { end_of = one, worker = worker, lease_ms = lease_ms, token_hash = token_hash })
      -- It served this function, unless the code did not even load.
      if ARGV.ends[i].used ~= '' then ran = ARGV.ends[i].functionName end
    end
  end
end

if #starters > 0 then
  if lane.format == 1 then adopt(lane, prefix) end
  local claims, none_served = start_those_next(prefix, open, lane, digest, starters, now, ran)
  for i, claim in ipairs(claims) do
    local one = starters[i].end_of
    one.next = claim[2]
    answers[one.answer] = { 1, '', unpack(claim) }
  end
  if #claims < #starters and not none_served then redis.call('RPUSH', lane.bell .. digest, 1) end
end

for _, one in ipairs(ends) do
  local i, more = one.i, {}
  local logs, used = ARGV.ends[i].logs, ARGV.ends[i].used
  if used ~= '' then more = { 'used', used } end
  if one.next then
    table.insert(more, 'next')
    table.insert(more, one.next)
  end
  local record = prefix .. one.id
  if logs ~= '' then redis.call('APPEND', logs_beside(record, one.id), logs) end
  local ending = { outcome = ARGV.ends[i].outcome, code = ARGV.ends[i].code, envelope = ARGV.ends[i].envelope, more = more,
    logged = #logs }
  local keep_ms, permitted = finish_record(at, record, nil, one.id, ending, one.kept, now)
  -- Those that were stored before, and those of earlier attempts, too.
  if logs ~= '' or has_older_logs(one.kept) then redis.call('PEXPIRE', logs_beside(record, one.id), keep_ms) end
  answers[one.answer][2] = permitted
end
ends_are_written(at)
return answers
