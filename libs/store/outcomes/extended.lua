-- Paused time uses up no waiting time: what was to expire by now may wait as much longer as it was held back. Asked only of
-- what is too late, so that a call which is never held back pays nothing. callSpec.lua and paused.lua are included before.

-- Of two lists of {from, to}: as much as either covers between `from` and `to`.
local function covered(spans, from, to)
  table.sort(spans, function(one, other) return one[1] < other[1] end)
  local sum, at = 0, from
  for _, span in ipairs(spans) do
    local first, last = math.max(span[1], at), math.min(span[2], to)
    if last > first then
      sum = sum + last - first
      at = last
    end
  end
  return sum
end

local function paused_between(record, spec, from, to)
  local names, spans = { 'queue:' .. spec.queue, 'function:' .. name_of(spec) }, {}
  for _, name in ipairs(names) do
    for first, last in string.gmatch(redis.call('HGET', pause_log_beside(record), name) or '', '(%d+)-(%d+)') do
      table.insert(spans, { tonumber(first), tonumber(last) })
    end
    local since = redis.call('HGET', pauses_beside(record), name)
    if since then table.insert(spans, { tonumber(since), to }) end
  end
  return covered(spans, from, to)
end

-- Answers when it expires. `extended`: '<that time> <when its waiting began>', so that the next check counts from there.
local function extended(record, mode, expires_at, now)
  if mode ~= 'async' or redis.call('EXISTS', pauses_beside(record), pause_log_beside(record)) == 0 then return expires_at end
  local r = redis.call('HMGET', record, 'terms', 'extended')
  local spec = spec_of(r[1])
  local from = expires_at - spec.queueAgeMs
  local was, began = string.match(r[2] or '', '^(%d+) (%d+)$')
  if was and tonumber(was) == expires_at then from = tonumber(began) end
  local later = from + spec.queueAgeMs + paused_between(record, spec, from, now)
  if later <= expires_at then return expires_at end
  redis.call('HSET', record, 'expiresAt', later, 'extended', string.format('%.0f %.0f', later, from))
  return later
end
