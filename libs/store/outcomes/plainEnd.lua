-- The end of a call that uses nothing that only some calls use: it succeeded at its first start, and has no limit, no callback,
-- no counted bytes and no logs that were stored before. What other ends need is in end.lua.
-- announce.lua and packed.lua are included before.
-- include freeBytes
-- include logs
local PLAIN_END_FIELDS = { 'status', 'attempt', 'retainMs', 'replyTo', 'keepData', 'callbackEvents', 'maxRunning', 'counted',
  'told' }

-- What an end needs of a packed record that runs: retainMs, replyTo, keepData, where the line before its data ends, and where they
-- end; nil of one that does not run.
local function packed_run(text)
  local sub = string.sub
  if sub(text, 1, 5) ~= 'open ' then return nil end
  local _, _, _, data_from, data_to = line_ends(text)
  if not data_to then return nil end
  local retain_ms = word_end(text, 5)
  local reply_to = word_end(text, retain_ms)
  local keep_data = word_end(text, reply_to)
  if not keep_data then return nil end
  return sub(text, 6, retain_ms - 1), sub(text, retain_ms + 1, reply_to - 1), sub(text, reply_to + 1, keep_data - 1), data_from,
    data_to
end

-- The text of a packed record that has succeeded; its data go. `used`, `next`: '-' where there is none.
local function packed_end(text, data_from, data_to, now_text, next, used, envelope)
  local sub = string.sub
  local worker = word_end(text, word_end(text, data_to))
  local lease_until = word_end(text, worker)
  local deadline = word_end(text, word_end(text, lease_until))
  -- The first word says how it ended; all that stands before the data stays. Of the run the lease and the token go.
  return 'succeeded' .. sub(text, 5, data_from) .. sub(text, data_to + 1, worker) .. sub(text, lease_until + 1, deadline) .. now_text
    .. ' ' .. next .. ' ' .. used .. '\n' .. envelope
end

-- The PLAIN_END_FIELDS of a record; of a packed one also its text, where the line before its data ends, and where they end.
local function plain_end_fields(record)
  local text = packed_text(record)
  if not text then return redis.call('HMGET', record, unpack(PLAIN_END_FIELDS)) end
  local retain_ms, reply_to, keep_data, data_from, data_to = packed_run(text)
  if retain_ms then
    return { 'running', '1', retain_ms, reply_to ~= '-' and reply_to, keep_data ~= '-' and keep_data },
      { text = text, data_from = data_from, data_to = data_to }
  end
  local state = string.match(text, '^%S+')
  if state == 'open' then return { 'queued', '0' } end
  return { state, '1' }
end

-- `kept`: its PLAIN_END_FIELDS. `bytes`: of its end and its logs.
local function ends_plainly(kept, outcome, bytes)
  if outcome ~= 'succeeded' or kept[2] ~= '1' or bytes > FREE_BYTES then return false end
  return not (kept[6] or kept[7] or kept[8] or kept[9])
end

-- After its record is written.
local function has_ended_plainly(at, id, kept, envelope)
  at.ended[#at.ended + 1] = id
  if kept[4] then announce(at, kept[4], id, 'succeeded', envelope) end
end

-- As `finish_record` of end.lua does it. `fields`: the fields of the end, names and values; `count` of them.
local function finish_plainly(at, record, id, fields, count, kept, envelope)
  redis.call('HSET', record, unpack(fields, 1, count))
  if kept[5] == 'all' then redis.call('HDEL', record, 'leaseUntil', 'suspectAt', 'tokenHash', 'failure')
  else redis.call('HDEL', record, 'leaseUntil', 'suspectAt', 'tokenHash', 'failure', 'data') end
  redis.call('PEXPIRE', record, kept[3])
  has_ended_plainly(at, id, kept, envelope)
end

-- The same of a packed record.
local function finish_packed(at, record, id, packed, used, next, kept, envelope)
  redis.call('SET', record, packed_end(packed.text, packed.data_from, packed.data_to, at.now_text, next, used, envelope), 'PX', kept[3])
  has_ended_plainly(at, id, kept, envelope)
end
