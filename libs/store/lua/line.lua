-- The waiting line of a lane: who waits, and who is next. Every flow (one function's calls of one priority) is given turns
-- as they come up, start-time fair: the first call of a flow has the turn that is being served, each further one the turn
-- after its flow's last. So a flow that floods the line stands in its own way only.
-- queued: all that wait, by the time they came (depth, age). line: those that can be taken, lowest first. turns: the turn
-- that each flow has next, and under `served` the latest that was served.

-- A step of priority goes so many turns ahead. A bounded start, no lane of its own: nobody can be starved by it.
local TURNS_AHEAD = 100

-- `first`: where the lane stands in KEYS.
local function lane_keys(first)
  return { queued = KEYS[first], line = KEYS[first + 1], turns = KEYS[first + 2] }
end

local function stand(lane, id, turn, priority)
  return redis.call('ZADD', lane.line, 'NX', turn - TURNS_AHEAD * (priority or 0), id)
end

-- A new turn for a call that comes to the line; kept in its record as `turn`. `alone`: nobody else waits in the lane.
local function join_line(lane, id, flow, priority, now, alone)
  local turn = 0
  if alone then
    -- Nobody waits, so nobody is owed anything: turns begin anew.
    redis.call('DEL', lane.turns)
  else
    local known = redis.call('HMGET', lane.turns, 'served', flow)
    turn = math.max(known[1] or 0, known[2] or 0)
  end
  redis.call('HSET', lane.turns, flow, turn + 1)
  redis.call('ZADD', lane.queued, 'NX', now, id)
  stand(lane, id, turn, priority)
  return turn
end

-- Its turn had come, and nobody ran it: it is next. The lane may have begun its turns anew since, and its old one would be
-- far behind. One that stands in the line still keeps its place.
local function stand_again(record, lane, id, turn, priority)
  local latest = redis.call('HGET', lane.turns, 'served')
  local again = math.min(tonumber(turn), tonumber(latest or 0))
  if stand(lane, id, again, priority) == 1 and again < tonumber(turn) then redis.call('HSET', record, 'turn', again) end
end

local function leave_line(lane, id)
  redis.call('ZREM', lane.queued, id)
  redis.call('ZREM', lane.line, id)
end

-- A call that has left the line is run: newcomers stand behind its turn. The first turn is behind nobody's.
local function served(lane, id, turn)
  redis.call('ZREM', lane.queued, id)
  local latest = tonumber(turn)
  if latest > 0 and tonumber(redis.call('HGET', lane.turns, 'served') or 0) < latest then
    redis.call('HSET', lane.turns, 'served', turn)
  end
end
