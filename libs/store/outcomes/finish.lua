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
-- include announce
-- include wake
-- include start
-- include plainEnd

local open, lane, prefix = KEYS.open, lane_of(KEYS.queued, KEYS.ready, KEYS.turns, ARGV.format), ARGV.prefix
local now, answers, ends, token_hashes, ran, seen = clock(), {}, {}, {}, nil, {}
local at = written_at_last(lane.format)

-- Redis makes the functions of a script anew for each run. So those that most runs do without are made when they are needed.
local adopt_some = function()
-- include adopt
return adopt(lane, prefix)
end

local make_finish_record = function()
-- include deadLetters
-- include limit
-- include end
ends_at(at)
return function(record, id, ending)
  local kept = redis.call('HMGET', record, unpack(END_FIELDS))
  local keep_ms, permitted = finish_record(at, record, nil, id, ending, kept, now)
  return keep_ms, permitted, has_older_logs(kept)
end
end
local finish_record_here

for i = ARGV.ends.first, ARGV.ends.last, ARGV.ends.step do
  local id, attempt, token_hash = ARGV.ends[i].id, ARGV.ends[i].attempt, ARGV.ends[i].tokenHash
  local record = prefix .. id
  local kept = redis.call('HMGET', record, unpack(PLAIN_END_FIELDS))
  if kept[2] ~= attempt then
    answers[#answers + 1] = { 0 }
  elseif seen[id] then
    answers[#answers + 1] = { 1, '' }
  elseif kept[1] ~= 'running' then
    -- A connection that broke before the reply came sends the command again: it was recorded the first time.
    local known = redis.call('HMGET', record, 'envelope', 'next')
    if known[1] == ARGV.ends[i].envelope then
      local again = known[2] and started_before(prefix .. known[2], known[2], token_hash, now)
      answers[#answers + 1] = { 1, '', unpack(again or {}) }
    else
      answers[#answers + 1] = { 0 }
    end
  else
    seen[id] = true
    local one = { i = i, id = id, record = record, kept = kept, answer = #answers + 1 }
    answers[one.answer] = { 1, '' }
    if token_hash ~= '' then
      token_hashes[#token_hashes + 1] = token_hash
      one.wanted = #token_hashes
      -- It served this function, unless the code did not even load.
      if ARGV.ends[i].used ~= '' then ran = ARGV.ends[i].functionName end
    end
    ends[#ends + 1] = one
  end
end

local claims, none_served = {}, true
if #token_hashes > 0 then
  if lane.format == 1 then adopt_some() end
  local by = { worker = ARGV.worker, lease_ms = ARGV.leaseMs }
  claims, none_served = start_those_next(prefix, open, lane, ARGV.digest, by, token_hashes, now, ran)
  if #claims < #token_hashes and not none_served then redis.call('RPUSH', bell_of(lane, ARGV.digest), 1) end
end

local fields = { 'status', '', 'code', '', 'envelope', '', 'finishedAt', text_of(now) }
for _, one in ipairs(ends) do
  local i, id, record, next = one.i, one.id, one.record, one.wanted and claims[one.wanted]
  local outcome, code, envelope = ARGV.ends[i].outcome, ARGV.ends[i].code, ARGV.ends[i].envelope
  local logs, used = ARGV.ends[i].logs, ARGV.ends[i].used
  -- Behind `count` stands what is of the end before.
  local count = 8
  if used ~= '' then
    fields[9], fields[10] = 'used', used
    count = 10
  end
  if next then
    fields[count + 1], fields[count + 2] = 'next', next[2]
    count = count + 2
    answers[one.answer] = { 1, '', unpack(next) }
  end
  if logs ~= '' then redis.call('APPEND', logs_beside(record, id), logs) end
  if ends_plainly(one.kept, outcome, #envelope + #logs) then
    fields[2], fields[4], fields[6] = outcome, code, envelope
    finish_plainly(at, record, id, fields, count, one.kept, envelope)
    if logs ~= '' then redis.call('PEXPIRE', logs_beside(record, id), one.kept[3]) end
  else
    finish_record_here = finish_record_here or make_finish_record()
    local ending = { outcome = outcome, code = code, envelope = envelope, more = { unpack(fields, 9, count) }, logged = #logs }
    local keep_ms, permitted, older_logs = finish_record_here(record, id, ending)
    -- Those that were stored before, and those of earlier attempts, too.
    if logs ~= '' or older_logs then redis.call('PEXPIRE', logs_beside(record, id), keep_ms) end
    answers[one.answer][2] = permitted
  end
end
ends_are_written(at)
return answers
