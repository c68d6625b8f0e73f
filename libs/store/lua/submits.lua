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

for i = first_call, #ARGV, VALUES do table.insert(records, prefix .. ARGV[i]) end
local some_known = redis.call('EXISTS', unpack(records)) > 0
local waiting = redis.call('ZCARD', lane.queued)
local room = tonumber(ARGV[6]) - waiting

local common = { 'status', 'queued', 'attempt', 0, 'queuedAt', now, 'mode', ARGV[5] }
local expires_at = now + ARGV[7]
table.insert(common, 'expiresAt')
table.insert(common, expires_at)
for i = FIRST_FIELD, first_call - 1 do table.insert(common, ARGV[i]) end
local turn_at, data_at = #common + 2, #common + 4

local ids, looks = {}, {}
local turn = first_turn(lane, name, priority, waiting == 0)
for n, record in ipairs(records) do
  local i = first_call + (n - 1) * VALUES
  local id = ARGV[i]
  if some_known and redis.call('EXISTS', record) == 1 then
    -- A connection that broke before the reply came sends the command again: the first one counts.
    table.insert(answer, 1)
  elseif #ids >= room then
    table.insert(answer, 0)
  else
    local fields = { unpack(common) }
    fields[turn_at - 1], fields[turn_at] = 'turn', turn + #ids
    fields[data_at - 1], fields[data_at] = 'data', ARGV[i + 1]
    fields[data_at + 1], fields[data_at + 2] = 'origin', ARGV[i + 2]
    if ARGV[i + 3] ~= '' then
      table.insert(fields, 'replyTo')
      table.insert(fields, ARGV[i + 3])
    end
    if ARGV[i + 4] ~= '' then
      table.insert(fields, 'traceparent')
      table.insert(fields, ARGV[i + 4])
    end
    redis.call('HSET', record, unpack(fields))
    table.insert(looks, math.min(now + math.max(tonumber(ARGV[8]), LOOK_MS_EACH * (waiting + #ids)), expires_at))
    table.insert(looks, id)
    table.insert(ids, id)
    table.insert(answer, 1)
  end
end
answer[2] = waiting + #ids
if #ids == 0 then return answer end

redis.call('ZADD', open, unpack(looks))
join_line_together(lane, name, ids, turn, priority, now)
answer[1] = tickets_for(KEYS[7], tonumber(ARGV[11]), #ids)
if answer[1] == 0 then ring(lane, name, #ids) end
list_calls(KEYS[5], ids, now, ARGV[9], ARGV[10])
list_calls(KEYS[6], ids, now, ARGV[9], ARGV[10])
return answer
