-- The lists of calls: of one function's, and of all of an env's. The newest ones, for as long as they may have records, and gone
-- when nobody calls any more. One call in 16 trims them for all.

-- Does one of these calls trim the lists that it comes to?
local function one_trims(ids)
  for _, id in ipairs(ids) do
    if string.sub(id, 1, 1) == '0' then return true end
  end
  return false
end

-- `members`: of each call the time (ms) and the id. `is_known`: others of the function wait, so that the lists have their
-- time.
local function list_calls(of_function, of_env, members, ids, is_known, now, most, keep_ms)
  redis.call('ZADD', of_function, unpack(members))
  redis.call('ZADD', of_env, unpack(members))
  local trims = one_trims(ids)
  if is_known and not trims then return end
  -- A read is cheaper than a write: their time is set anew now and then, and never shorter than asked for. An env's is set
  -- whenever one of its functions' is, so it is no shorter.
  if redis.call('PTTL', of_function) < tonumber(keep_ms) then
    local kept_ms = math.floor(1.1 * keep_ms)
    redis.call('PEXPIRE', of_function, kept_ms)
    redis.call('PEXPIRE', of_env, kept_ms)
  end
  if not trims then return end
  for _, list in ipairs({ of_function, of_env }) do
    redis.call('ZREMRANGEBYRANK', list, 0, -1 - most)
    redis.call('ZREMRANGEBYSCORE', list, '-inf', now - keep_ms)
  end
end
