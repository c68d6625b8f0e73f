-- retrying (sorted set): the calls that wait for their next attempt, by the time (ms) at which it is due. For gauges alone:
-- one whose time has come counts no more, and is taken out by one that comes later.
local function retrying_of(record)
  return string.match(record, '^.-}') .. ':retrying'
end

local function waits_to_retry(record, id, at, now)
  local retrying = retrying_of(record)
  redis.call('ZREMRANGEBYSCORE', retrying, '-inf', now)
  redis.call('ZADD', retrying, at, id)
  if redis.call('PTTL', retrying) < at - now then redis.call('PEXPIRE', retrying, math.ceil(at - now) + 1000) end
end

local function retries_no_more(record, id)
  redis.call('ZREM', retrying_of(record), id)
end
