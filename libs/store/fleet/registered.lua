#!lua flags=no-writes
-- The registry in short, for the gauges of the fleet: all queues, and of each function its queue and its limit.
-- KEYS: queues, envs
-- Answers JSON: {queues, functions: [[env, function, queue, limit or false]]}

local tag = string.match(KEYS.queues, '^[^}]*}')
local functions = {}
for _, env in ipairs(redis.call('SMEMBERS', KEYS.envs)) do
  local entries = redis.call('HGETALL', tag .. ':functions:' .. env)
  for n = 1, #entries, 2 do
    local spec = cjson.decode(entries[n + 1]).spec
    table.insert(functions, { env, entries[n], spec.queue, spec.concurrency or false })
  end
end
return cjson.encode({ queues = redis.call('SMEMBERS', KEYS.queues), functions = functions })
