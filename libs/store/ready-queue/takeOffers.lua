-- readyQueue.lua, serves.lua and offers.lua are included before.

-- Offers of workers that serve this function and have just worked: one for each call at most.
local function take_offers(lane, name, calls, now)
  local taken = {}
  for _, digest in ipairs(redis.call('ZRANGE', servers_of(lane), 0, -1)) do
    if serves(lane, digest, name) then
      local offer = true
      while offer and #taken < calls do
        offer = redis.call('LPOP', offers_of(lane, digest))
        local worker, lease_ms, token_hash, till = string.match(offer or '', '^(%S+) (%S+) (%S+) (%S+)$')
        if worker and now <= tonumber(till) then
          taken[#taken + 1] = { text = offer, digest = digest, worker = worker, lease_ms = tonumber(lease_ms), token_hash = token_hash }
        end
      end
    end
  end
  return taken
end

-- Those from the `from`th on stand as before.
local function put_back_offers(lane, offers, from)
  for n = #offers, from, -1 do redis.call('LPUSH', offers_of(lane, offers[n].digest), offers[n].text) end
end
