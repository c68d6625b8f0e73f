-- The packed record. A plain call has one text in place of a hash, for as long as nothing happens to it that only some calls know:
-- it waits, runs for less than a third of its lease, and succeeds. Every other script makes it a hash first (unpacked.lua).
-- It is lines, and `-` stands for what is not there; `libs/store/record/packed-record.ts` reads the same:
--   open retainMs replyTo keepData mode queuedAt expiresAt timeoutMs turn deadMs askedMs
--   terms
--   origin
--   traceparent (may be empty)
--   data (without a line break, which JSON needs nowhere; a call whose data have one has a hash)
--   startedAt worker leaseUntil leaseMs deadline tokenHash (since it runs; it is the first attempt)
-- When it has succeeded the first line begins with `succeeded`, and after `traceparent` come:
--   startedAt worker leaseMs deadline finishedAt next used
--   envelope
-- include words

-- The text; nil of a hash, and of no record.
local function packed_text(record)
  local text = redis.pcall('GET', record)
  if type(text) == 'string' then return text end
end

-- Where the first five of its lines end; nil of those that no break ends. A search for one character is many times faster
-- than a pattern that runs over the lines.
local function line_ends(text)
  local find = string.find
  local head = find(text, '\n', 1, true)
  local terms = head and find(text, '\n', head + 1, true)
  local origin = terms and find(text, '\n', terms + 1, true)
  local traceparent = origin and find(text, '\n', origin + 1, true)
  return head, terms, origin, traceparent, traceparent and find(text, '\n', traceparent + 1, true)
end

-- What a start needs of a packed record that waits: mode, expiresAt, timeoutMs and turn; nil of one that runs, and of one that
-- has ended.
local function packed_plan(text)
  local sub = string.sub
  local _, _, _, traceparent, data = line_ends(text)
  if sub(text, 1, 5) ~= 'open ' or data or not traceparent then return nil end
  local keep_data = word_end(text, word_end(text, word_end(text, 5)))
  local mode = word_end(text, keep_data)
  local queued_at = word_end(text, mode)
  local expires_at = word_end(text, queued_at)
  local timeout_ms = word_end(text, expires_at)
  local turn = word_end(text, timeout_ms)
  if not turn then return nil end
  return sub(text, keep_data + 1, mode - 1), sub(text, queued_at + 1, expires_at - 1), sub(text, expires_at + 1, timeout_ms - 1),
    sub(text, timeout_ms + 1, turn - 1)
end

-- The worker that runs it, and when its lease is over; nil of one that does not run, and of a hash.
local function packed_lease(record)
  local text = packed_text(record)
  if not text or string.sub(text, 1, 5) ~= 'open ' then return nil end
  local _, _, _, _, data_end = line_ends(text)
  if not data_end then return nil end
  local worker, lease_end = string.match(text, '^%S+ (%S+) (%S+)', data_end + 1)
  return worker, tonumber(lease_end)
end
