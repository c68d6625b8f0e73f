#!lua
-- Accepts plain calls of one function, which use nothing that only some calls use: no Idempotency-Key, limit of the function,
-- delay, replay, or data that are counted. What they have in common is written once for all of them; see submit.lua for the
-- others. Of what each call is accepted as a whole or not at all.
-- Refused by Redis up front when memory is full (no allow-oom): nothing is half-written.
-- KEYS: open, queued, ready, turns, functionCalls, envCalls, tickets
-- ARGV: format, prefix (of records' keys), functionName (<env>:<name>), priority, mode, maxQueued, expireAfterMs,
--   firstCheckMs, maxListed, listedMs, maxTickets, fields[] (of the record, that they share: name, value),
--   calls[id, data, origin, replyTo ('': nobody waits), traceparent ('': none)]
-- Answers {tickets that are to be added, depth, then for each call 1, or 0 when the lane is full}
-- include clock
-- include shared
-- include readyQueue
-- include serves
-- include dueIndex
-- include tickets
-- include listing

local open, lane = KEYS.open, lane_of(KEYS.queued, KEYS.ready, KEYS.turns, ARGV.format)
local prefix, name, priority = ARGV.prefix, ARGV.functionName, tonumber(ARGV.priority)
local first_call = ARGV.calls.first
local now, answer, records = clock(), { 0, 0 }, {}
local now_text = text_of(now)

for i = first_call, ARGV.calls.last, ARGV.calls.step do records[#records + 1] = prefix .. ARGV.calls[i].id end
local some_known = redis.call('EXISTS', unpack(records)) > 0
local waiting = redis.call('ZCARD', lane.queued)
local room = tonumber(ARGV.maxQueued) - waiting
local expires_at = now + ARGV.expireAfterMs

-- What they have in common comes first, and is the same for each.
local fields = { 'status', 'queued', 'attempt', '0', 'queuedAt', now_text, 'mode', ARGV.mode, 'expiresAt', text_of(expires_at),
  unpack(ARGV, ARGV.fields.first, ARGV.fields.last) }
local own = #fields
fields[own + 1], fields[own + 3], fields[own + 5] = 'turn', 'data', 'origin'

-- Of each that comes in: its id; the time and the id; its first check and the id.
local ids, comers, looks = {}, {}, {}
local turn = first_turn(lane, name, priority, waiting == 0)
for n, record in ipairs(records) do
  local i = first_call + (n - 1) * ARGV.calls.step
  local id, reply_to, traceparent = ARGV.calls[i].id, ARGV.calls[i].replyTo, ARGV.calls[i].traceparent
  if some_known and redis.call('EXISTS', record) == 1 then
    -- A connection that broke before the reply came sends the command again: the first one counts.
    answer[n + 2] = 1
  elseif #ids >= room then
    answer[n + 2] = 0
  else
    fields[own + 2], fields[own + 4], fields[own + 6] = turn + #ids, ARGV.calls[i].data, ARGV.calls[i].origin
    local last = own + 6
    if reply_to ~= '' then
      fields[last + 1], fields[last + 2] = 'replyTo', reply_to
      last = last + 2
    end
    if traceparent ~= '' then
      fields[last + 1], fields[last + 2] = 'traceparent', traceparent
      last = last + 2
    end
    -- What stands behind is of the call before.
    redis.call('HSET', record, unpack(fields, 1, last))
    local at = 2 * #ids
    looks[at + 1] = math.min(now + math.max(tonumber(ARGV.firstCheckMs), CHECK_MS_EACH * (waiting + #ids)), expires_at)
    looks[at + 2] = id
    comers[at + 1], comers[at + 2] = now_text, id
    ids[#ids + 1] = id
    answer[n + 2] = 1
  end
end
answer[2] = waiting + #ids
if #ids == 0 then return answer end

redis.call('ZADD', open, unpack(looks))
join_queue_together(lane, name, ids, comers, turn, priority)
answer[1] = tickets_for(KEYS.tickets, tonumber(ARGV.maxTickets), #ids)
if answer[1] == 0 then ring(lane, name, #ids) end
local trims = one_trims(ids)
list_calls(KEYS.functionCalls, comers, trims, now, ARGV.maxListed, ARGV.listedMs)
list_calls(KEYS.envCalls, comers, trims, now, ARGV.maxListed, ARGV.listedMs)
return answer
