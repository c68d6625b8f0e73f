-- Calls in the shared queue alone (shared.lua) move to their functions' queues, a bounded number at a time: each
-- step goes on behind the one before. Format 2: they leave the shared queue, which nobody else reads any more. Format 1: they
-- stay in it, for the workers of the release before. What cannot be read stays in it, too.
local ADOPTED_AT_ONCE = 20

local function adopt_one(lane, prefix, id, score)
  local r = redis.call('HMGET', prefix .. id, 'status', 'turn', 'terms')
  local is_read, spec = pcall(spec_of, r[3])
  if r[1] and (not is_read or type(spec) ~= 'table') then return false end
  if r[1] == 'queued' and r[2] then
    local name = name_of(spec)
    if add_at_score(lane, name, id, score) then ring(lane, name) end
  end
  if lane.format ~= 2 then return false end
  redis.call('ZREM', lane.shared, id)
  return true
end

-- Answers whether more may be left.
local function adopt(lane, prefix)
  if redis.call('EXISTS', lane.shared) == 0 then return false end
  local from = tonumber(redis.call('HGET', lane.turns, 'adopted') or 0)
  local ids = redis.call('ZRANGE', lane.shared, from, from + ADOPTED_AT_ONCE - 1, 'WITHSCORES')
  local is_full, next = #ids == 2 * ADOPTED_AT_ONCE, from
  for i = 1, #ids, 2 do
    if not adopt_one(lane, prefix, ids[i], tonumber(ids[i + 1])) then next = next + 1 end
  end
  if not is_full then next = 0 end
  if next ~= from then redis.call('HSET', lane.turns, 'adopted', next) end
  return is_full
end
