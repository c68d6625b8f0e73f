-- lane.lua and offers.lua are included before.
-- include words

-- The oldest offer of this kind of worker that still stands: its text, worker, leaseMs and tokenHash; nil when there is none.
local function next_offer(lane, digest, now)
  local offers = offers_of(lane, digest)
  local text = redis.call('LPOP', offers)
  while text do
    local sub = string.sub
    local worker = word_end(text, 0)
    local lease_ms = word_end(text, worker)
    local token_hash = word_end(text, lease_ms)
    if token_hash and now <= tonumber(sub(text, token_hash + 1)) then
      return text, sub(text, 1, worker - 1), sub(text, worker + 1, lease_ms - 1), sub(text, lease_ms + 1, token_hash - 1)
    end
    text = redis.call('LPOP', offers)
  end
end

-- For one call of this function: the digest of who left it, then as above.
local function take_offer(lane, name, now)
  for _, digest in ipairs(redis.call('ZRANGE', servers_of(lane), 0, -1)) do
    if serves(lane, digest, name) then
      local text, worker, lease_ms, token_hash = next_offer(lane, digest, now)
      if text then return digest, text, worker, lease_ms, token_hash end
    end
  end
end

-- For so many calls: one for each at most.
local function take_offers(lane, name, calls, now)
  local taken = {}
  for _, digest in ipairs(redis.call('ZRANGE', servers_of(lane), 0, -1)) do
    if serves(lane, digest, name) then
      local text = true
      while text and #taken < calls do
        local worker, lease_ms, token_hash
        text, worker, lease_ms, token_hash = next_offer(lane, digest, now)
        if text then
          taken[#taken + 1] = { text = text, digest = digest, worker = worker, lease_ms = lease_ms, token_hash = token_hash }
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
