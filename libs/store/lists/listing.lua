-- The lists of calls: the newest ones, for as long as they may have records, and gone when nobody calls any more. One call in
-- 16 trims them for all.

-- Does one of these calls trim the lists that it comes to?
local function one_trims(ids)
  for _, id in ipairs(ids) do
    if string.sub(id, 1, 1) == '0' then return true end
  end
  return false
end

-- `members`: of each call the time (ms) and the id. `trims`: see `one_trims`.
local function list_calls(list, members, trims, now, most, keep_ms)
  redis.call('ZADD', list, unpack(members))
  -- A read is cheaper than a write: its time is set anew now and then, and never shorter than asked for.
  if redis.call('PTTL', list) < tonumber(keep_ms) then redis.call('PEXPIRE', list, math.floor(1.1 * keep_ms)) end
  if not trims then return end
  redis.call('ZREMRANGEBYRANK', list, 0, -1 - most)
  redis.call('ZREMRANGEBYSCORE', list, '-inf', now - keep_ms)
end
