-- Past attempts of a record: JSON objects with commas between. The last attempt is in the record's own fields, so that
-- a call which starts once costs nothing more. `ending`: {"outcome": …, "error": …} as JSON text.
local function keep_attempt(record, ending, now)
  local r = redis.call('HMGET', record, 'attempt', 'startedAt', 'worker', 'attempts')
  local kept = string.format('{"attempt":%s,"startedAt":%s,"endedAt":%.0f,"worker":%s,%s', r[1], r[2], now,
    cjson.encode(r[3]), string.sub(ending, 2))
  if r[4] then kept = r[4] .. ',' .. kept end
  redis.call('HSET', record, 'attempts', kept)
end
