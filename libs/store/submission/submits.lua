#!lua
-- Accepts plain calls of one function, which use nothing that only some calls use: no Idempotency-Key, limit of the function,
-- delay, replay, or data that are counted. What they have in common is written once for all of them; see submit.lua for the
-- others. Of what each call is accepted as a whole or not at all.
-- Refused by Redis up front when memory is full (no allow-oom): nothing is half-written.
-- KEYS: open, queued, line, turns, calls of the function, calls of the env, tickets
-- ARGV: format, prefix of records' keys, function (<env>:<name>), priority, mode, maxQueued, expireAfterMs, firstLookMs,
--   maxListed, listedMs, maxTickets, how many fields of the record they share, then these (name, value), then for each call:
--   id, data, origin, replyTo ('': nobody waits), traceparent ('': none)
-- Answers {tickets that are to be added, depth, then for each call 1, or 0 when the lane is full}
-- include clock
-- include shared
-- include line
-- include serves
-- include open
-- include tickets
-- include listing

local open, lane, prefix, name, priority = KEYS[1], lane_keys(2, ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local FIRST_FIELD, VALUES = 13, 5
local first_call = FIRST_FIELD + 2 * ARGV[12]
local now, answer, records = clock(), { 0, 0 }, {}
local now_text = text_of(now)

for i = first_call, #ARGV, VALUES do records[#records + 1] = prefix .. ARGV[i] end
local some_known = redis.call('EXISTS', unpack(records)) > 0
local waiting = redis.call('ZCARD', lane.queued)
local room = tonumber(ARGV[6]) - waiting
local expires_at = now + ARGV[7]

-- What they have in common comes first, and is the same for each.
local fields = { 'status', 'queued', 'attempt', '0', 'queuedAt', now_text, 'mode', ARGV[5], 'expiresAt', text_of(expires_at),
  unpack(ARGV, FIRST_FIELD, first_call - 1) }
local own = #fields
fields[own + 1], fields[own + 3], fields[own + 5] = 'turn', 'data', 'origin'

-- Of each that comes in: its id; the time and the id; its first look and the id.
local ids, comers, looks = {}, {}, {}
local turn = first_turn(lane, name, priority, waiting == 0)
for n, record in ipairs(records) do
  local i = first_call + (n - 1) * VALUES
  local id, reply_to, traceparent = ARGV[i], ARGV[i + 3], ARGV[i + 4]
  if some_known and redis.call('EXISTS', record) == 1 then
    -- A connection that broke before the reply came sends the command again: the first one counts.
    answer[n + 2] = 1
  elseif #ids >= room then
    answer[n + 2] = 0
  else
    fields[own + 2], fields[own + 4], fields[own + 6] = turn + #ids, ARGV[i + 1], ARGV[i + 2]
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
    looks[at + 1] = math.min(now + math.max(tonumber(ARGV[8]), LOOK_MS_EACH * (waiting + #ids)), expires_at)
    looks[at + 2] = id
    comers[at + 1], comers[at + 2] = now_text, id
    ids[#ids + 1] = id
    answer[n + 2] = 1
  end
end
answer[2] = waiting + #ids
if #ids == 0 then return answer end

redis.call('ZADD', open, unpack(looks))
join_line_together(lane, name, ids, comers, turn, priority)
answer[1] = tickets_for(KEYS[7], tonumber(ARGV[11]), #ids)
if answer[1] == 0 then ring(lane, name, #ids) end
local trims = one_trims(ids)
list_calls(KEYS[5], comers, trims, now, ARGV[9], ARGV[10])
list_calls(KEYS[6], comers, trims, now, ARGV[9], ARGV[10])
return answer
