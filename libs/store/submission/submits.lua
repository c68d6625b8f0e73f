#!lua
-- Accepts plain calls of one function, which use nothing that only some calls use: no Idempotency-Key, limit of the function,
-- delay, callback, notes, replay, or data that are counted. What they have in common is said once for all of them; see
-- submit.lua for the others. Each call is accepted as a whole or not at all. Writes packed records; see packed.lua.
-- Refused by Redis up front when memory is full (no allow-oom): nothing is half-written.
-- KEYS: open, queued, ready, turns, functionCalls, envCalls, tickets
-- ARGV: prefix (of records' keys), functionName (<env>:<name>), priority, mode, maxQueued, expireAfterMs,
--   firstCheckMs, maxListed, listedMs, isTicketed (1 where BullMQ carries the lane, else 0), terms, retainMs,
--   keepData, timeoutMs, deadMs, askedMs (of the last four `-` where it is not said),
--   calls[id, data, origin, replyTo ('': nobody waits), traceparent ('': none)]
-- Answers {tickets that are to be added, depth, then for each call 1, or 0 when the lane is full}, or 1 for {0, 0, 1}
-- Where nobody waits, and a slot has left its offer, a call is started at once; see offers.lua.
-- include clock
-- include dueIndex
-- include lane
-- include offers
-- include takeOffers
-- include listing

-- Who was dispatched to must have read it by then, ms.
local READ_MS = 500

local lane = lane_of(KEYS.queued, KEYS.ready, KEYS.turns)
local prefix, name, priority = ARGV.prefix, ARGV.functionName, tonumber(ARGV.priority)
local first_call, many = ARGV.calls.first, (ARGV.calls.last + 1 - ARGV.calls.first) / ARGV.calls.step
local now = clock()
local now_text = text_of(now)
local waiting = redis.call('ZCARD', lane.queued)
local room = tonumber(ARGV.maxQueued) - waiting
local expires_at = now + ARGV.expireAfterMs
local expires_text = text_of(expires_at)

-- Nobody is passed over where nobody waits and nothing is held back.
local is_free = ARGV.isTicketed == '0' and waiting == 0 and room > 0 and redis.call('EXISTS', lane.fronts) == 0

-- The first line of each is the same but for its turn and who waits for it.
local first_words = 'open ' .. ARGV.retainMs .. ' '
local between = ' ' .. ARGV.keepData .. ' ' .. ARGV.mode .. ' ' .. now_text .. ' ' .. expires_text .. ' ' .. ARGV.timeoutMs .. ' '
local rest = ' ' .. ARGV.deadMs .. ' ' .. ARGV.askedMs .. '\n' .. ARGV.terms .. '\n'

-- A packed record. `i`: where the call stands among ARGV.calls; `run`: the line of its run, or ''.
local function record_text(i, turn_text, run)
  local call_reply_to = ARGV.calls[i].replyTo
  if call_reply_to == '' then call_reply_to = '-' end
  return first_words .. call_reply_to .. between .. turn_text .. rest .. ARGV.calls[i].origin .. '\n' .. ARGV.calls[i].traceparent
    .. '\n' .. ARGV.calls[i].data .. run
end

-- The line of a run that begins under an offer.
local function run_under(worker, lease_ms, token_hash)
  local deadline_text = ARGV.mode == 'sync' and expires_text or text_of(now + ARGV.timeoutMs)
  return '\n' .. now_text .. ' ' .. worker .. ' ' .. text_of(now + lease_ms) .. ' ' .. lease_ms .. ' ' .. deadline_text .. ' '
    .. token_hash
end

-- A call that comes alone and finds an offer takes this short way: it runs with cold caches, and what is made for the others
-- would be most of its work. The steps are those of below.
if is_free and many == 1 then
  local digest, offer, worker, lease_ms, token_hash = take_offer(lane, name, now)
  if offer then
    local id = ARGV.calls[first_call].id
    local text = record_text(first_call, '0', run_under(worker, lease_ms, token_hash))
    if redis.call('SET', prefix .. id, text, 'NX') then
      redis.call('SET', took_by(lane, token_hash), id, 'PX', lease_ms)
      redis.call('ZADD', KEYS.open, running_score(now + READ_MS), id)
      redis.call('RPUSH', dispatched_to(lane, worker), id .. '\n' .. text)
      list_calls(KEYS.functionCalls, KEYS.envCalls, { now_text, id }, { id }, false, now, ARGV.maxListed, ARGV.listedMs)
      return 1
    end
    redis.call('LPUSH', offers_of(lane, digest), offer)
  end
end
-- include readyQueue
-- include serves
-- include tickets

local answer, records = { 0, 0 }, {}
for i = first_call, ARGV.calls.last, ARGV.calls.step do records[#records + 1] = prefix .. ARGV.calls[i].id end
local some_known = redis.call('EXISTS', unpack(records)) > 0
local first_check_ms = tonumber(ARGV.firstCheckMs)
local offers = {}
if is_free and many > 1 then offers = take_offers(lane, name, many, now) end

-- Of each that comes in: its id; the time and the id; its first check and the id. Of each that joins the queue: the time and
-- the id; its score there and the id. By worker: what is dispatched to it.
local ids, listed, looks, count = {}, {}, {}, 0
local comers, standing, joined = {}, {}, 0
local dispatched, workers, started = {}, {}, 0
local turn, is_known, first_score = nil, false, nil
local look, look_text
for n, record in ipairs(records) do
  local i = first_call + (n - 1) * ARGV.calls.step
  if some_known and redis.call('EXISTS', record) == 1 then
    -- A connection that broke before the reply came sends the command again: the first one counts.
    answer[n + 2] = 1
  elseif joined >= room then
    answer[n + 2] = 0
  else
    local id, offer = ARGV.calls[i].id, offers[started + 1]
    local turn_text, own_look = '0', nil
    if not offer then
      if not turn then
        turn, is_known = first_turn(lane, name, priority, waiting == 0)
        first_score = turn - TURNS_AHEAD * priority
      end
      turn_text = text_of(turn + joined)
      own_look = math.min(now + math.max(first_check_ms, CHECK_MS_EACH * (waiting + joined)), expires_at)
    else
      own_look = now + READ_MS - RUNS_FIRST
    end
    local text = record_text(i, turn_text, offer and run_under(offer.worker, offer.lease_ms, offer.token_hash) or '')
    if offer then
      local mine = dispatched[offer.worker]
      if not mine then
        mine = {}
        dispatched[offer.worker], workers[#workers + 1] = mine, offer.worker
      end
      mine[#mine + 1] = id .. '\n' .. text
      -- As `take` notes it, and for the same reason: the reply may be lost with its connection.
      redis.call('SET', took_by(lane, offer.token_hash), id, 'PX', offer.lease_ms)
      started = started + 1
    else
      local at = 2 * joined + 1
      comers[at], comers[at + 1] = now_text, id
      standing[at], standing[at + 1] = priority == 0 and turn_text or first_score + joined, id
      joined = joined + 1
    end
    redis.call('SET', record, text)
    if own_look ~= look then look, look_text = own_look, text_of(own_look) end
    local at = 2 * count + 1
    looks[at], looks[at + 1] = look_text, id
    listed[at], listed[at + 1] = now_text, id
    count = count + 1
    ids[count] = id
    answer[n + 2] = 1
  end
end
put_back_offers(lane, offers, started + 1)
answer[2] = waiting + joined
if count == 0 then return answer end

redis.call('ZADD', KEYS.open, unpack(looks))
for _, worker in ipairs(workers) do redis.call('RPUSH', dispatched_to(lane, worker), unpack(dispatched[worker])) end
if joined > 0 then
  join_queue_together(lane, name, priority, comers, standing, turn + joined, first_score)
  answer[1] = tickets_for(KEYS.tickets, ARGV.isTicketed == '1')
  ring(lane, name, joined)
  if joined > waiting and waiting + joined >= WORTH_A_TREE then
    for _, key in ipairs({ KEYS.open, lane.queued, lane.own .. name }) do as_tree(key) end
  end
end
list_calls(KEYS.functionCalls, KEYS.envCalls, listed, ids, is_known, now, ARGV.maxListed, ARGV.listedMs)
return answer
