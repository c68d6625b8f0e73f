-- The waiting lines of a lane: who waits, and who is next. Each function has a line of its own, so that a worker sees at a
-- glance what waits that it serves, however many calls of other functions wait. Every flow (one function's calls of one
-- priority) is given turns as they come up, start-time fair: the first call of a flow has the turn that is being served,
-- each further one the turn after its flow's last. So a flow that floods the lane stands in its own way only.
-- queued: all that wait, by the time they came (depth, age).
-- own .. name: the line of one function, the lowest score first; `name` is <env>:<function>.
-- fronts: the functions that have a line, by the score of the first in it.
-- turns: the turn that each flow has next, and under `served` the latest that was served.
-- servers, bell, serves: see serves.lua.

-- A step of priority goes so many turns ahead. A bounded start, no lane of its own: nobody can be starved by it.
local TURNS_AHEAD = 100
-- Nobody is passed by more turns than the highest priority is worth. A line that is further behind had no worker.
local MOST_BEHIND = 9 * TURNS_AHEAD

-- `first`: where the lane stands in KEYS. `format`: 1 while a process of the release before lives, else 2; see shared.lua.
local function lane_keys(first, format)
  local line = KEYS[first + 1]
  return { queued = KEYS[first], shared = line, turns = KEYS[first + 2], own = line .. ':of:', fronts = line .. ':fronts',
    servers = line .. ':servers', bell = line .. ':bell:', serves = string.match(line, '^[^}]*}') .. ':serves:',
    format = tonumber(format) }
end

-- Whoever is first in a line stands for it among the fronts. A line that was without a worker does not make up for its
-- time: its first goes at once, and from then on it takes turns with the others, no earlier than `at_least`.
local function come_forward(lane, name, at_least)
  local first = redis.call('ZRANGE', lane.own .. name, 0, 0, 'WITHSCORES')
  if not first[1] then return redis.call('ZREM', lane.fronts, name) end
  local score = tonumber(first[2])
  local latest = lane.latest or tonumber(redis.call('HGET', lane.turns, 'served') or 0)
  if score < latest - MOST_BEHIND then score = math.max(latest, at_least) end
  redis.call('ZADD', lane.fronts, score, name)
end

local function stand_at(lane, name, id, score)
  if redis.call('ZADD', lane.own .. name, 'NX', score, id) == 0 then return false end
  -- Only a newcomer that is ahead of the first moves the front.
  redis.call('ZADD', lane.fronts, 'LT', score, name)
  return true
end

local function stand(lane, name, id, turn, priority)
  local score = turn - TURNS_AHEAD * (priority or 0)
  stand_shared(lane, id, score)
  return stand_at(lane, name, id, score)
end

-- A new turn for a call that comes to the line; kept in its record as `turn`. `alone`: nobody else waits in the lane.
local function join_line(lane, name, id, priority, now, alone)
  local flow, turn = name .. ':' .. (priority or 0), 0
  if alone then
    -- Nobody waits, so nobody is owed anything: turns begin anew.
    redis.call('DEL', lane.turns)
  else
    local known = redis.call('HMGET', lane.turns, 'served', flow)
    turn = math.max(known[1] or 0, known[2] or 0)
  end
  redis.call('HSET', lane.turns, flow, turn + 1)
  redis.call('ZADD', lane.queued, 'NX', now, id)
  stand(lane, name, id, turn, priority)
  return turn
end

local function nobody_stands(lane)
  return redis.call('EXISTS', lane.fronts, lane.shared) == 0
end

-- Its turn had come, and nobody ran it: it is next. The lane may have begun its turns anew since, and its old one would be
-- far behind. One that stands in the line still keeps its place.
local function stand_again(record, lane, name, id, turn, priority)
  local latest = redis.call('HGET', lane.turns, 'served')
  local again = math.min(tonumber(turn), tonumber(latest or 0))
  if stand(lane, name, id, again, priority) and again < tonumber(turn) then redis.call('HSET', record, 'turn', again) end
end

-- `name`: nil of a record that is gone; whoever takes it out of its line finds that out.
local function leave_line(lane, name, id)
  redis.call('ZREM', lane.queued, id)
  leave_shared(lane, id)
  if not name then return end
  local own = lane.own .. name
  local rank = redis.call('ZRANK', own, id)
  if not rank then return end
  redis.call('ZREM', own, id)
  if rank == 0 then come_forward(lane, name, tonumber(redis.call('ZSCORE', lane.fronts, name) or 0)) end
end

-- A call that has left the line is run: newcomers stand behind its turn, or behind `front`, where its line stood. The first
-- turn is behind nobody's. `lane.latest`: the latest turn that was served, once it is known.
local function served(lane, id, turn, front)
  redis.call('ZREM', lane.queued, id)
  started_shared(lane, id)
  local latest = math.max(tonumber(turn), front)
  if latest == 0 then return end
  local known = tonumber(redis.call('HGET', lane.turns, 'served') or 0)
  if known < latest then redis.call('HSET', lane.turns, 'served', latest) end
  lane.latest = math.max(known, latest)
end
