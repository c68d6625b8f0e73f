-- The ready queues of a lane: who waits, and who is next. Each function has a queue of its own, so that a worker sees at a
-- glance what waits that it serves, however many calls of other functions wait. Every flow (one function's calls of one
-- priority) is given turns as they come up, start-time fair: the first call of a flow has the turn that is being served,
-- each further one the turn after its flow's last. So a flow that floods the lane stands in its own way only.
-- queued: all that wait, by the time they came (depth, age).
-- own .. name: the queue of one function, the lowest score first; `name` is <env>:<function>.
-- fronts: the functions that have a queue, by the score of the first in it.
-- turns: the turn that each flow has next, and under `served` the latest that was served.
-- servers, serves: see lane.lua, which is included before; bell: see serves.lua.
-- include paused

-- A step of priority goes so many turns ahead. A bounded start, no lane of its own: nobody can be starved by it.
local TURNS_AHEAD = 100
-- Nobody is passed by more turns than the highest priority is worth. A queue that is further behind had no worker.
local MOST_BEHIND = 9 * TURNS_AHEAD

-- The first call of a queue stands for it among the fronts. A queue that was without a worker does not make up for its
-- time: its first goes at once, and from then on it takes turns with the others, no earlier than `at_least`.
local function front_at(lane, score, at_least)
  lane.latest = lane.latest or tonumber(redis.call('HGET', lane.turns, 'served') or 0)
  if score < lane.latest - MOST_BEHIND then return math.max(lane.latest, at_least) end
  return score
end

-- Answers whether the queue has a call left.
local function update_front(lane, name, at_least)
  local first = redis.call('ZRANGE', lane.own .. name, 0, 0, 'WITHSCORES')
  if not first[1] then
    redis.call('ZREM', lane.fronts, name)
    return false
  end
  redis.call('ZADD', lane.fronts, front_at(lane, tonumber(first[2]), at_least), name)
  return true
end

local function add_to_queue(lane, name, id, turn, priority)
  local score = turn - TURNS_AHEAD * (priority or 0)
  if redis.call('ZADD', lane.own .. name, 'NX', score, id) == 0 then return false end
  -- Only a newcomer that is ahead of the first moves the front.
  redis.call('ZADD', lane.fronts, 'LT', score, name)
  return true
end

-- Of one function and one priority.
local function flow_of(name, priority)
  return name .. ':' .. (priority or 0)
end

-- The turn of the first call that comes to its flow now, and whether others of the flow came since the lane was empty. `alone`:
-- nobody else waits in the lane.
local function first_turn(lane, name, priority, alone)
  if alone then
    -- Nobody waits, so nobody is owed anything: turns begin anew.
    redis.call('DEL', lane.turns)
    return 0, false
  end
  local known = redis.call('HMGET', lane.turns, 'served', flow_of(name, priority))
  return math.max(known[1] or 0, known[2] or 0), known[2] ~= false
end

-- A new turn for a call that comes to the queue; kept in its record as `turn`.
local function join_queue(lane, name, id, priority, now, alone)
  local turn = first_turn(lane, name, priority, alone)
  redis.call('HSET', lane.turns, flow_of(name, priority), turn + 1)
  redis.call('ZADD', lane.queued, 'NX', now, id)
  add_to_queue(lane, name, id, turn, priority)
  return turn
end

-- The same for new calls of one flow. `comers`: of each the time (ms) and the id; `standing`: its score and the id, the first
-- of which is `first`. `next`: the turn that the flow has after them.
local function join_queue_together(lane, name, priority, comers, standing, next, first)
  redis.call('HSET', lane.turns, flow_of(name, priority), next)
  redis.call('ZADD', lane.queued, unpack(comers))
  redis.call('ZADD', lane.own .. name, unpack(standing))
  redis.call('ZADD', lane.fronts, 'LT', first, name)
end

-- Redis keeps a sorted set of up to 128 short members as a list, and walks it from its begin for each member that comes. One that ever
-- had a long member stays a tree for as long as it has members at all (docs/decisions/0086).
local LONG_MEMBER = string.rep('~', 65)
-- A queue that grows to so many calls at once.
local WORTH_A_TREE = 8

local function as_tree(key)
  redis.call('ZADD', key, '+inf', LONG_MEMBER)
  redis.call('ZREM', key, LONG_MEMBER)
end

local function is_queue_empty(lane)
  if redis.call('EXISTS', lane.fronts) == 0 then return true end
  if lane.has_pause == nil then lane.has_pause = redis.call('ZSCORE', lane.fronts, PAUSED) ~= false end
  return lane.has_pause and redis.call('ZCARD', lane.fronts) == 1
end

-- Its turn had come, and nobody ran it: it is next. The lane may have begun its turns anew since, and its old one would be
-- far behind. One that is still in the queue keeps its place.
local function put_back(record, lane, name, id, turn, priority)
  local latest = redis.call('HGET', lane.turns, 'served')
  local again = math.min(tonumber(turn), tonumber(latest or 0))
  if add_to_queue(lane, name, id, again, priority) and again < tonumber(turn) then redis.call('HSET', record, 'turn', again) end
end

-- `name`: nil of a record that is gone; whoever takes it out of its queue finds that out.
local function leave_queue(lane, name, id)
  redis.call('ZREM', lane.queued, id)
  if not name then return end
  local own = lane.own .. name
  local rank = redis.call('ZRANK', own, id)
  if not rank then return end
  redis.call('ZREM', own, id)
  if rank == 0 then update_front(lane, name, tonumber(redis.call('ZSCORE', lane.fronts, name) or 0)) end
end

-- A call that has left the queue is run: newcomers stand behind its turn, or behind `front`, where its queue stood. The first
-- turn is behind nobody's. `lane.latest`: the latest turn that was served, once it is known. `have_left` writes it down.
local function turn_is_served(lane, turn, front)
  local latest = math.max(turn, front)
  if latest == 0 then return end
  local known = lane.latest or tonumber(redis.call('HGET', lane.turns, 'served') or 0)
  lane.latest = math.max(known, latest)
  lane.is_later = lane.is_later or known < latest
end

-- `ids`: those that have left the queue, and are run.
local function have_left(lane, ids)
  redis.call('ZREM', lane.queued, unpack(ids))
  if lane.is_later then redis.call('HSET', lane.turns, 'served', lane.latest) end
end
