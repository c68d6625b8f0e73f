-- Ends an invocation: once, for ever. Whoever calls this has checked that the record is open.
-- Announces it to every API process that waits (announce.lua). An end that somebody wants to be called back for is entered in
-- the outbox. deadLetters.lua, limit.lua and announce.lua are included before.
-- Needs KEYS: open, outbox, dead, deadExpiry
-- include retrying
-- include failures

-- Where ends are written down. `at`: what is written at last, see announce.lua.
local function ends_at(at)
  at.open, at.outbox, at.dead = KEYS.open, KEYS.outbox, dead_letters()
  return at
end

-- What is asked of a record before it ends.
local END_FIELDS = { 'retainMs', 'replyTo', 'callbackEvents', 'attempt', 'deadMs', 'maxRunning', 'counted', 'told', 'keepData' }

-- Are the data of a call that ends so kept with its record? By its END_FIELDS; nothing said: of a call that failed.
local function keeps_data(kept, outcome)
  local of = kept[9] or 'failed'
  return of == 'all' or (of == 'failed' and outcome ~= 'succeeded')
end

-- Bytes of logs that are kept of a call whose env keeps as much as it may: the last lines.
local LAST_LINES = 2048

-- Of a call with these END_FIELDS: some were stored before its end, or by an earlier attempt.
local function has_older_logs(kept)
  return kept[8] or tonumber(kept[4]) > 1
end

local function shorten_logs(logs)
  local tail = redis.call('GETRANGE', logs, -LAST_LINES, -1)
  local first = string.find(tail, '\n', 1, true)
  if first and first < #tail then redis.call('SET', logs, string.sub(tail, first + 1), 'KEEPTTL') else redis.call('DEL', logs) end
end

-- Counts what the call holds from now on: as a dead letter, or until its record expires. When an env keeps as much as it
-- may, the end itself is kept, the last lines of the logs, and no data.
-- `keeps`: its data stay. `logged`: bytes of its logs. `letter`: nil when it is no dead letter.
local function count_end(record, id, keeps, counted, envelope, logged, letter, keep_ms, now)
  local data, env = 0, nil
  if counted then
    data, env = held_by(counted)
    count_waiting(record, env, -data)
    redis.call('HDEL', record, 'counted')
    if not keeps then data = 0 end
  end
  local bytes = data + #envelope + logged
  if bytes <= FREE_BYTES then return end
  if not env then env = spec_of(redis.call('HGET', record, 'terms')).env end
  if letter then return count_letter(record, env, letter, bytes, keep_ms) end
  local kept = bytes_key(record, 'kept:' .. env)
  if not fits_kept(kept, bytes, now) then
    redis.call('HDEL', record, 'data')
    if logged > LAST_LINES then shorten_logs(logs_beside(record, id)) end
    bytes = #envelope
    if bytes <= FREE_BYTES then return end
  end
  count_kept(kept, bytes, keep_ms, now)
end

-- `at`: see `ends_at`. `lane`: whose queue it may stand in; nil of what runs. `ending`: {outcome, code, envelope, more fields of
-- the record, logged: bytes of logs that came with it}. `kept`: its END_FIELDS.
-- Answers how long the record is kept, ms, and the id of a call that now has its permit ('' when there is none).
local function finish_record(at, record, lane, id, ending, kept, now)
  local outcome, envelope = ending.outcome, ending.envelope
  at.now_text = at.now_text or text_of(now)
  redis.call('HSET', record, 'status', outcome, 'code', ending.code, 'envelope', envelope, 'finishedAt', at.now_text,
    unpack(ending.more or {}))
  local keeps = keeps_data(kept, outcome)
  if keeps then redis.call('HDEL', record, 'leaseUntil', 'suspectAt', 'tokenHash', 'failure')
  else redis.call('HDEL', record, 'leaseUntil', 'suspectAt', 'tokenHash', 'failure', 'data') end
  table.insert(at.ended, id)
  if lane then
    retries_no_more(record, id)
    leave_queue(lane, name_of(spec_of(redis.call('HGET', record, 'terms'))), id)
  end
  local keep_ms, dead_ms, letter = kept[1], tonumber(kept[5] or 0), nil
  if dead_ms > 0 and DEAD_OUTCOMES[outcome] then
    keep_ms = math.max(tonumber(keep_ms), dead_ms)
    letter = add_letter(at.dead, record, id, now, dead_ms)
  end
  if DEAD_OUTCOMES[outcome] then list_failure(record, id, now, tonumber(keep_ms)) end
  local logged = ending.logged or 0
  -- Logs that were appended before, and of attempts before it.
  if has_older_logs(kept) then logged = redis.call('STRLEN', logs_beside(record, id)) end
  if kept[7] or #envelope + logged > FREE_BYTES then
    count_end(record, id, keeps, kept[7], envelope, logged, letter, tonumber(keep_ms), now)
  end
  redis.call('PEXPIRE', record, keep_ms)
  if kept[3] and string.find(' ' .. kept[3] .. ' ', ' ' .. outcome .. ' ', 1, true) then
    redis.call('HSET', record, 'webhookID', 'msg_' .. id .. '_' .. kept[4])
    redis.call('ZADD', at.outbox, now, id)
  end
  if kept[2] then announce(at, kept[2], id, outcome, envelope) end
  if not kept[6] then return keep_ms, '' end
  local limit = limit_of(record, spec_of(redis.call('HGET', record, 'terms')))
  return keep_ms, give_back(limit, at.open, id, kept[6], now)
end

-- The same of what the caller knows less of. Answers how long it has waited if it was never started (ms), else -1.
local function end_record(at, record, lane, id, outcome, code, envelope, now)
  local kept, waited = redis.call('HMGET', record, unpack(END_FIELDS)), -1
  if tonumber(kept[4] or 0) == 0 then
    local r = redis.call('HMGET', record, 'queuedAt', 'notBefore')
    waited = math.max(0, now - math.max(tonumber(r[1] or now), tonumber(r[2] or 0)))
  end
  finish_record(at, record, lane, id, { outcome = outcome, code = code, envelope = envelope }, kept, now)
  ends_are_written(at)
  return waited
end

-- Ends what waits and is too late to start. EXPIRED says that it never ran: what waited for another try ends as it failed
-- the last time, and a call that a lost worker had started is lost.
-- `expired` and `lost`: {code, envelope}. Answers the outcome, the envelope, and what `end_record` answers.
local function expire_record(at, record, lane, id, attempt, expired, lost, now)
  local outcome, how = 'expired', expired
  if tonumber(attempt) > 0 then outcome, how = 'lost', lost end
  local failure = redis.call('HGET', record, 'failure')
  if failure then
    local code, envelope
    outcome, code, envelope = string.match(failure, '^(%S+) (%S+) (.*)$')
    how = { code, envelope }
  end
  local waited = end_record(at, record, lane, id, outcome, how[1], how[2], now)
  return outcome, how[2], waited
end
