-- The one clock: Redis TIME in ms. Clocks of API and worker machines never decide anything.
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
