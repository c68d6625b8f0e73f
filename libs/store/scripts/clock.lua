-- The one clock: Redis TIME in ms. Clocks of API and worker machines never decide anything.
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- A whole number as the text that Redis would make of it. It is dear to make: do it once for what is written several times.
local function text_of(number)
  return string.format('%d', number)
end
