-- The end of a call that uses nothing that only some calls use: it succeeded at its first start, and has no limit, no callback,
-- no counted bytes and no logs that were stored before. What other ends need is in end.lua.
-- announce.lua is included before.
-- include freeBytes
-- include logs
local PLAIN_END_FIELDS = { 'status', 'attempt', 'retainMs', 'replyTo', 'keepData', 'callbackEvents', 'maxRunning', 'counted',
  'told' }

-- `kept`: its PLAIN_END_FIELDS. `bytes`: of its end and its logs.
local function ends_plainly(kept, outcome, bytes)
  if outcome ~= 'succeeded' or kept[2] ~= '1' or bytes > FREE_BYTES then return false end
  return not (kept[6] or kept[7] or kept[8] or kept[9])
end

-- As `finish_record` of end.lua does it. `fields`: the fields of the end, names and values; `count` of them.
local function finish_plainly(at, record, id, fields, count, kept, envelope)
  redis.call('HSET', record, unpack(fields, 1, count))
  if kept[5] == 'all' then redis.call('HDEL', record, 'leaseUntil', 'suspectAt', 'tokenHash', 'failure')
  else redis.call('HDEL', record, 'leaseUntil', 'suspectAt', 'tokenHash', 'failure', 'data') end
  redis.call('PEXPIRE', record, kept[3])
  at.ended[#at.ended + 1] = id
  if kept[4] then announce(at, kept[4], id, 'succeeded', envelope) end
end
