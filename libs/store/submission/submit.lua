#!lua
-- Accepts an invocation: idempotency check, quota of the lane, record, due index. All or nothing.
-- Refused by Redis up front when memory is full (no allow-oom): nothing is half-written.
-- KEYS: record, open, queued, ready, turns, permits, held, idempotency, functionCalls, envCalls, dead, deadExpiry,
--   tickets
-- ARGV: id, bodyHash? (none: no Idempotency-Key), idempotencyMs, maxQueued, expireAfterMs, firstCheckMs, maxListed,
--   listedMs, functionName (<env>:<name>), priority, delayMs, runAt (0: at once; it waits for the later one), maxOpen,
--   letter? (the dead letter that this one replays), mode, maxRunning? (of the function), isTicketed, env,
--   dataBytes (those that count; 0: none), maxWaitingBytes, maxDeadBytes? (what dead letters may
--   hold; none: it becomes none), fields[] (of the record: name, value)
-- Answers: {'new', 1 when a ticket is to be added for it, or 0} | {'replay', id} | {'conflict', id} | {'full', depth} |
--   {'busy', maxRunning} | {'gone', letter}
--   | {'bytes', 'waiting' or 'dead', bytes that are held}
-- include clock
-- include dueIndex
-- include callSpec
-- include lane
-- include readyQueue
-- include serves
-- include limit
-- include deadLetters
-- include tickets
-- include listing

local record, open, lane, idempotency = KEYS.record, KEYS.open, lane_of(KEYS.queued, KEYS.ready, KEYS.turns)
local idempotency, name = KEYS.idempotency, ARGV.functionName
local id, body_hash = ARGV.id, ARGV.bodyHash

local letters = dead_letters()
local expired_letter

-- What expired never ran: its key is free, and the new call takes the place of its dead letter. A letter that is gone was
-- replayed or purged, so the key stays. Answers whether the key is free, and the letter.
local function is_freed(known_id)
  local known = redis.call('HMGET', string.match(record, '^.-}') .. ':inv:' .. known_id, 'status', 'letter')
  if known[1] ~= 'expired' then return false end
  local letter = known[2] or nil
  return not letter or redis.call('ZSCORE', letters.letters, letter) ~= false, letter
end

if body_hash ~= '' then
  local known = redis.call('GET', idempotency)
  local known_id, known_hash = string.match(known or '', '^(%S+) (%S+)$')
  if known_id and known_id ~= id then
    local is_free, letter = is_freed(known_id)
    if not is_free then return { known_hash == body_hash and 'replay' or 'conflict', known_id } end
    expired_letter = letter
  end
end

-- A connection that broke before the reply came sends the command again: the first one counts.
if redis.call('EXISTS', record) == 1 then return { 'new', 1 } end

local now = clock()
local not_before = math.max(now + ARGV.delayMs, tonumber(ARGV.runAt))
local delayed = not_before > now
-- What waits for its time is in no queue yet; it counts among all that are under way.
local waiting = redis.call('ZCARD', lane.queued)
local depth, most = waiting, tonumber(ARGV.maxQueued)
if delayed then depth, most = redis.call('ZCARD', open), tonumber(ARGV.maxOpen) end
if depth >= most then return { 'full', depth } end

local limit, mode, max_running = { permits = KEYS.permits, held = KEYS.held }, ARGV.mode, tonumber(ARGV.maxRunning)
-- The caller of a sync call waits: it is not held back, it is refused.
local now_or_never = mode == 'sync' and max_running
if now_or_never and redis.call('SCARD', limit.permits) >= max_running then return { 'busy', max_running } end
local data_bytes = tonumber(ARGV.dataBytes)
if data_bytes > 0 then
  local over = over_quota(record, ARGV.env, data_bytes, ARGV.maxWaitingBytes, ARGV.maxDeadBytes)
  if over then return over end
end
-- Whoever takes the letter out replays it: it is replayed once, however many ask. The new call has the data from now on.
if ARGV.letter ~= '' and take_letter(letters, ARGV.letter, now) == 0 then return { 'gone', ARGV.letter } end
if expired_letter then take_letter(letters, expired_letter, now) end
if data_bytes > 0 then count_waiting(record, ARGV.env, data_bytes) end
if now_or_never then redis.call('SADD', limit.permits, id) end

local expires_at = not_before + ARGV.expireAfterMs
local fields = { 'status', 'queued', 'attempt', 0, 'queuedAt', now, 'expiresAt', expires_at, 'mode', mode }
local function also(name, value)
  table.insert(fields, name)
  table.insert(fields, value)
end
for i = ARGV.fields.first, ARGV.fields.last do table.insert(fields, ARGV.fields[i]) end
if max_running then also('maxRunning', max_running) end
if data_bytes > 0 then also('counted', ARGV.dataBytes .. ' ' .. ARGV.env) end
local ticket = 0
if delayed then
  -- Without a turn it is in no queue: the sweeper's check at its time brings it there.
  also('runAt', not_before)
  also('notBefore', not_before)
  schedule_queued(open, id, not_before)
else
  -- It waits, whether it may come to the line or is held back.
  if not max_running or permitted(limit, id, max_running, ARGV.priority, now) then
    also('turn', join_queue(lane, name, id, ARGV.priority, now, waiting == 0))
    ticket = tickets_for(KEYS.tickets, ARGV.isTicketed == '1')
    ring(lane, name)
  else
    redis.call('ZADD', lane.queued, now, id)
  end
  schedule_queued(open, id, math.min(now + math.max(tonumber(ARGV.firstCheckMs), CHECK_MS_EACH * waiting), expires_at))
end
redis.call('HSET', record, unpack(fields))
list_calls(KEYS.functionCalls, KEYS.envCalls, { now, id }, { id }, false, now, ARGV.maxListed, ARGV.listedMs)
if body_hash ~= '' then redis.call('SET', idempotency, id .. ' ' .. body_hash, 'PX', ARGV.idempotencyMs) end
return { 'new', ticket }
