-- offers.lua is included before.

-- What was dispatched of this call, if its worker has not read it.
local function unread_text(lane, worker, id)
  for _, text in ipairs(redis.call('LRANGE', dispatched_to(lane, worker), 0, -1)) do
    if string.sub(text, 1, #id + 1) == id .. '\n' then return text end
  end
end

-- Was this call dispatched to a worker that has not read it? Then it is not the worker's any more.
local function take_unread(lane, worker, id)
  local text = unread_text(lane, worker, id)
  return text ~= nil and redis.call('LREM', dispatched_to(lane, worker), 1, text) == 1
end
