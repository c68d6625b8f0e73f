-- The due index: every invocation without an end, by the time (ms) of the sweeper's next check. What runs stands before
-- all that waits, its times shifted down by more than any time can be: so a dead worker is found in time behind any backlog.
local RUNS_FIRST = 1e15

local function schedule_queued(open, id, at)
  redis.call('ZADD', open, at, id)
end

local function schedule_running(open, id, at)
  redis.call('ZADD', open, at - RUNS_FIRST, id)
end

local function running_score(at)
  return text_of(at - RUNS_FIRST)
end

local function schedule_all_running(open, ids, at)
  local entries, score = {}, running_score(at)
  for n, id in ipairs(ids) do
    entries[2 * n - 1], entries[2 * n] = score, id
  end
  redis.call('ZADD', open, unpack(entries))
end

-- A long queue is checked more slowly: this many ms for each call in it.
local CHECK_MS_EACH = 10
