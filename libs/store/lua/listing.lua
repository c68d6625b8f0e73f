-- The lists of calls: the newest ones, for as long as they may have records, and gone when nobody calls any more. One call in
-- 16 trims them for all.
local function list_calls(list, ids, now, most, keep_ms)
  local members, trims = {}, false
  for _, id in ipairs(ids) do
    table.insert(members, now)
    table.insert(members, id)
    trims = trims or string.sub(id, 1, 1) == '0'
  end
  redis.call('ZADD', list, unpack(members))
  -- A read is cheaper than a write: its time is set anew now and then, and never shorter than asked for.
  if redis.call('PTTL', list) < tonumber(keep_ms) then redis.call('PEXPIRE', list, math.floor(1.1 * keep_ms)) end
  if not trims then return end
  redis.call('ZREMRANGEBYRANK', list, 0, -1 - most)
  redis.call('ZREMRANGEBYSCORE', list, '-inf', now - keep_ms)
end
