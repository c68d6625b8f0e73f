-- Who takes what waits, and how idle workers learn of a call. lane.lua is included before.
-- bell .. digest: a list on which idle workers of one kind wait, one token for each call that can be taken, MOST_RINGS at
-- most. A token says that a poll is worth it, and no more: a poll that finds nothing empties the bell, one token too many
-- costs a poll, and for one that gets lost workers poll by themselves now and then.
local MOST_RINGS = 64
-- So many of the first fronts are rung for by a worker that came and serves none of them.
local FRONTS_RUNG = 8
local FRONTS_AT_A_TIME = 16
-- A kind that was silent for so long is not waited for by one that has a function, but not whole.
local LIVING_MS = 30000

local function bell_of(lane, digest)
  return lane.ready .. ':bell:' .. digest
end

local function ring_kinds(lane, member, calls)
  local served = false
  for _, digest in ipairs(redis.call('ZRANGE', servers_of(lane), 0, -1)) do
    local bell = bell_of(lane, digest)
    if redis.call('LLEN', bell) >= MOST_RINGS then
      -- Told often enough, whatever it serves.
      served = true
    elseif serves(lane, digest, member) then
      served = true
      local tokens = {}
      for n = 1, calls do tokens[n] = 1 end
      redis.call('RPUSH', bell, unpack(tokens))
    end
  end
  return served
end

-- So many calls of this function can be taken; one when it is not said.
local function ring(lane, name, calls)
  return ring_kinds(lane, name, calls or 1) or ring_kinds(lane, '!' .. name, calls or 1)
end

local function is_whole_elsewhere(lane, name, now)
  for _, digest in ipairs(redis.call('ZRANGEBYSCORE', servers_of(lane), now - LIVING_MS, '+inf')) do
    if serves(lane, digest, name) then return true end
  end
  return false
end

-- The functions among these fronts that are held back, by their place; nil when none is.
local function paused_among(lane, fronts)
  local names = {}
  for i = 1, #fronts, 2 do table.insert(names, 'function:' .. fronts[i]) end
  return redis.call('HMGET', pauses_beside(lane.ready), unpack(names))
end

-- The first of the fronts that this kind of worker serves, its score, and whether no other queue waits; nil when there is
-- none. `ours`: a function that it is known to serve.
local function next_served(lane, digest, now, ours)
  local from, many = 0, 2
  lane.has_pause = false
  while true do
    local fronts = redis.call('ZRANGE', lane.fronts, from, from + many - 1, 'WITHSCORES')
    if #fronts == 0 then return nil end
    if fronts[1] == PAUSED then
      lane.has_pause = true
      if redis.call('HEXISTS', pauses_beside(lane.ready), 'queue:' .. queue_of(lane.ready)) == 1 then return nil end
      from, many = 1, FRONTS_AT_A_TIME
      fronts = redis.call('ZRANGE', lane.fronts, from, from + many - 1, 'WITHSCORES')
      if #fronts == 0 then return nil end
    end
    local paused = lane.has_pause and paused_among(lane, fronts)
    local alone = from == 0 and #fronts == 2
    if fronts[1] == ours and not (paused and paused[1]) then return ours, tonumber(fronts[2]), alone end
    local asked = {}
    for i = 1, #fronts, 2 do
      table.insert(asked, fronts[i])
      table.insert(asked, '!' .. fronts[i])
    end
    local has = redis.call('SMISMEMBER', serves_of(lane, digest), unpack(asked))
    for i = 1, #fronts, 2 do
      local is_held = paused and paused[(i + 1) / 2]
      if not is_held and (has[i] == 1 or (has[i + 1] == 1 and not is_whole_elsewhere(lane, fronts[i], now))) then
        return fronts[i], tonumber(fronts[i + 1]), alone
      end
    end
    if #fronts < 2 * many then return nil end
    from, many = from + many, FRONTS_AT_A_TIME
  end
end

-- Nothing waits that this kind serves: without a ring its workers need not poll.
local function silence(lane, digest)
  redis.call('DEL', bell_of(lane, digest))
end

-- A worker that serves none of what waits rings for those that do.
local function ring_others(lane)
  for _, name in ipairs(redis.call('ZRANGE', lane.fronts, 0, FRONTS_RUNG - 1)) do ring(lane, name) end
end
