#!lua
-- Counts calls towards rates, in the whole fleet (the generic cell rate algorithm: one number for each rate). Of `count`
-- calls as many are let through as every rate allows, and only those are counted.
-- KEYS: wholeAt[] (of each rate: when it will be whole again, ms)
-- ARGV: count, rates[limit, windowMs] (in the same order)
-- Answers: calls let through, ms until the next one would be, then for each key: what remains, ms until it is whole
-- include clock

-- Sums of fractions must not cost a call.
local ALMOST = 1e-6

local now, through, wait = clock(), tonumber(ARGV.count), 0
local whole_at, every, windows = {}, {}, {}
for i, key in ipairs(KEYS) do
  local at = ARGV.rates.first + (i - 1) * ARGV.rates.step
  local limit, window = tonumber(ARGV.rates[at].limit), tonumber(ARGV.rates[at].windowMs)
  windows[i] = window
  -- A rate that was lowered takes no longer to be whole than its window.
  whole_at[i] = math.min(math.max(tonumber(redis.call('GET', key) or now), now), now + window)
  every[i] = window / limit
  through = math.min(through, math.floor((now + window - whole_at[i]) / every[i] + ALMOST))
end
local replies = {}
for i, key in ipairs(KEYS) do
  local window = windows[i]
  if through > 0 then
    whole_at[i] = whole_at[i] + through * every[i]
    redis.call('SET', key, string.format('%.3f', whole_at[i]), 'PX', math.ceil(math.max(1, whole_at[i] - now)))
  end
  wait = math.max(wait, whole_at[i] + every[i] - window - now)
  replies[2 * i - 1] = math.max(0, math.floor((now + window - whole_at[i]) / every[i] + ALMOST))
  replies[2 * i] = math.ceil(whole_at[i] - now)
end
return { through, math.ceil(wait), unpack(replies) }
