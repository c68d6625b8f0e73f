#!lua flags=allow-oom
-- Records how attempts of one lane ended, as many as ended on a worker at about the same time: of each the first writer wins,
-- and only the attempt that runs may write. A slot that goes on has its next call with the same answer: those that are next in
-- the queues of the lane are started. Where nobody waits, one slot leaves an offer; see offers.lua.
-- KEYS: open, outbox, queued, ready, turns, dead, deadExpiry
-- ARGV: prefix (of records' keys), worker, leaseMs, digest (of what the worker serves), offered (the tokenHash
--   that becomes an offer where nobody waits, may be ''), ends[id, attempt,
--   outcome, code, envelope, logs (ndjson, may be ''), used (JSON, may be ''), tokenHash (of the next; '': no next one
--   is wanted), functionName (<env>:<name>)]
-- Answers for each end {1, id of a call that now has its permit, or '', the next one as `start` answers …, or 'offered'}, or {0}
-- when fenced. Or 'offered' for {{1, '', 'offered'}}.
-- include clock
-- include lane
-- include offers
-- include packed
-- include announce
-- include plainEnd

local open, lane, prefix = KEYS.open, lane_of(KEYS.queued, KEYS.ready, KEYS.turns), ARGV.prefix
local now = clock()
local now_text = text_of(now)

-- A plain call that ends alone where nobody waits takes this short way: it runs with cold caches, and what is made for the others
-- would be most of its work. The steps are those of below.
if ARGV.offered ~= '' and ARGV.ends.last < ARGV.ends.first + ARGV.ends.step and redis.call('EXISTS', lane.fronts) == 0 then
  local i = ARGV.ends.first
  local id, envelope, used = ARGV.ends[i].id, ARGV.ends[i].envelope, ARGV.ends[i].used
  local is_plain = ARGV.ends[i].outcome == 'succeeded' and ARGV.ends[i].attempt == '1' and ARGV.ends[i].logs == ''
    and ARGV.ends[i].tokenHash == ARGV.offered and #envelope <= FREE_BYTES
  local record = prefix .. id
  local text = is_plain and packed_text(record)
  if text then
    local retain_ms, reply_to, keep_data, data_from, data_to = packed_run(text)
    if retain_ms and keep_data ~= 'all' then
      local ended = packed_end(text, data_from, data_to, now_text, '-', used == '' and '-' or used, envelope)
      leave_offer(lane, ARGV.digest, ARGV.worker, ARGV.leaseMs, ARGV.offered, now)
      redis.call('SET', record, ended, 'PX', retain_ms)
      redis.call('ZREM', open, id)
      if reply_to ~= '-' then redis.call('PUBLISH', reply_to, announcement(id, 'succeeded', envelope)) end
      return 'offered'
    end
  end
end
-- include dueIndex
-- include callSpec
-- include readyQueue
-- include serves
-- include wake
-- include start

local answers, token_hashes, ran, seen = {}, {}, nil, {}
local at = written_at_last()
at.now_text = now_text

-- Redis makes the functions of a script anew for each run. So those that most runs do without are made when they are needed.
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

local make_hash = function(record)
-- include unpacked
unpacked(record)
end

-- Of each that ends: where it stands among ARGV.ends, what was asked of it, and which of the tokens is its.
local at_ends, kept_of, packed_of, token_of, count = {}, {}, {}, {}, 0
for i = ARGV.ends.first, ARGV.ends.last, ARGV.ends.step do
  local id, token_hash = ARGV.ends[i].id, ARGV.ends[i].tokenHash
  local record = prefix .. id
  local kept, packed = plain_end_fields(record)
  -- Until its end is written; see below.
  local answer = false
  if kept[2] ~= ARGV.ends[i].attempt then answer = { 0 }
  elseif seen[id] then answer = { 1, '' }
  elseif kept[1] == 'running' then
    seen[id] = true
    count = count + 1
    at_ends[count], kept_of[count], packed_of[count], token_of[count] = i, kept, packed, 0
    if token_hash ~= '' then
      token_hashes[#token_hashes + 1] = token_hash
      token_of[count] = #token_hashes
      -- It served this function, unless the code did not even load.
      if ARGV.ends[i].used ~= '' then ran = ARGV.ends[i].functionName end
    end
  else
    -- A connection that broke before the reply came sends the command again: it was recorded the first time.
    make_hash(record)
    local known = redis.call('HMGET', record, 'envelope', 'next')
    if known[1] ~= ARGV.ends[i].envelope then answer = { 0 }
    elseif known[2] then answer = { 1, '', started_before(prefix .. known[2], known[2], token_hash, now) }
    -- It may have left its offer.
    elseif token_hash ~= '' and token_hash == ARGV.offered then answer = { 1, '', 'offered' }
    else answer = { 1, '' } end
  end
  answers[#answers + 1] = answer
end

local nexts, claims, none_served = {}, {}, true
if #token_hashes > 0 then
  local by = { worker = ARGV.worker, lease_ms = ARGV.leaseMs }
  nexts, claims, none_served = start_those_next(prefix, open, lane, ARGV.digest, by, token_hashes, now, true, ran)
  if #nexts < #token_hashes and not none_served then redis.call('RPUSH', bell_of(lane, ARGV.digest), 1) end
  if none_served and ARGV.offered ~= '' then
    for n = #nexts + 1, #token_hashes do
      if token_hashes[n] == ARGV.offered then
        leave_offer(lane, ARGV.digest, by.worker, by.lease_ms, ARGV.offered, now)
        claims[n] = { 1, '', 'offered' }
      end
    end
  end
end

local fields = { 'status', '', 'code', '', 'envelope', '', 'finishedAt', now_text, 'used', '' }
for n, i in ipairs(at_ends) do
  local id, kept, next = ARGV.ends[i].id, kept_of[n], nexts[token_of[n]]
  local record, place = prefix .. id, (i - ARGV.ends.first) / ARGV.ends.step + 1
  local outcome, code, envelope = ARGV.ends[i].outcome, ARGV.ends[i].code, ARGV.ends[i].envelope
  local logs, used = ARGV.ends[i].logs, ARGV.ends[i].used
  -- Behind `last` stands what is of the end before.
  local last = 8
  if used ~= '' then
    fields[9], fields[10] = 'used', used
    last = 10
  end
  if next then
    fields[last + 1], fields[last + 2] = 'next', next
    last = last + 2
  end
  local answer = claims[token_of[n]] or { 1, '' }
  answers[place] = answer
  if logs ~= '' then redis.call('APPEND', logs_beside(record, id), logs) end
  local packed, is_plain = packed_of[n], ends_plainly(kept, outcome, #envelope + #logs)
  if packed and not (is_plain and kept[5] ~= 'all') then
    make_hash(record)
    packed = nil
  end
  if is_plain then
    if packed then
      finish_packed(at, record, id, packed, used == '' and '-' or used, next or '-', kept, envelope)
    else
      fields[2], fields[4], fields[6] = outcome, code, envelope
      finish_plainly(at, record, id, fields, last, kept, envelope)
    end
    if logs ~= '' then redis.call('PEXPIRE', logs_beside(record, id), kept[3]) end
  else
    finish_record_here = finish_record_here or make_finish_record()
    local ending = { outcome = outcome, code = code, envelope = envelope, more = { unpack(fields, 9, last) }, logged = #logs }
    local keep_ms, permitted, older_logs = finish_record_here(record, id, ending)
    -- Those that were stored before, and those of earlier attempts, too.
    if logs ~= '' or older_logs then redis.call('PEXPIRE', logs_beside(record, id), keep_ms) end
    answer[2] = permitted
  end
end
ends_are_written(at)
return answers
