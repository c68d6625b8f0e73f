#!lua flags=no-writes,allow-cross-slot-keys
-- What waits and what runs in some partitions, for the gauges of the fleet. Of a Redis Cluster each primary is asked for all
-- of them, and answers for those that it holds: so the number of commands does not grow with that of the partitions.
-- ARGV: question (JSON: {tags: of the partitions, lanes: ["<queue>:<lane>"], limited: [[tag, "<env>:<function>"]]})
-- Answers JSON: {now, tags: those it holds, lanes: [[depth, time of the oldest]], outbox: {depth, oldest}, running, waiting,
--   retrying, open, letters: {"<env>/<function>": n}, permits: {"<env>:<function>": n}}
-- include clock

local QUEUED_OFFSET = 1e15
-- Functions with dead letters in one partition that are counted apart.
local MOST_FUNCTIONS = 1000

local ask, now = cjson.decode(ARGV.question), clock()
local answer = { now = now, tags = {}, lanes = {}, outbox = { 0, false }, running = 0, open = 0, retrying = 0,
  letters = {}, permits = {} }
for n = 1, #ask.lanes do answer.lanes[n] = { 0, false } end

local function earlier(one, other)
  if not one then return other end
  if not other then return one end
  return math.min(one, other)
end

-- False: another primary holds it. 0: nothing is kept there; whatever waits, runs or is retried is open.
local function kept_in(tag)
  local found = redis.pcall('EXISTS', tag .. ':open', tag .. ':outbox', tag .. ':dead')
  return type(found) == 'number' and found
end

local function add_lanes(tag)
  for n, lane in ipairs(ask.lanes) do
    local key = tag .. ':queued:' .. lane
    local depth = redis.call('ZCARD', key)
    if depth > 0 then
      local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
      answer.lanes[n] = { answer.lanes[n][1] + depth, earlier(answer.lanes[n][2], tonumber(first)) }
    end
  end
end

local function add_outbox(tag)
  local key = tag .. ':outbox'
  local depth = redis.call('ZCARD', key)
  if depth == 0 then return end
  local fresh = redis.call('ZRANGEBYSCORE', key, 0, '(' .. string.format('%.0f', QUEUED_OFFSET), 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local lined = redis.call('ZRANGEBYSCORE', key, string.format('%.0f', QUEUED_OFFSET), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local oldest = earlier(fresh and tonumber(fresh), lined and tonumber(lined) - QUEUED_OFFSET)
  answer.outbox = { answer.outbox[1] + depth, earlier(answer.outbox[2], oldest) }
end

-- One function's letters stand side by side: a step for each function that has some.
local function add_letters(tag)
  local key, from = tag .. ':dead', '-'
  for _ = 1, MOST_FUNCTIONS do
    local letter = redis.call('ZRANGE', key, from, '+', 'BYLEX', 'LIMIT', 0, 1)[1]
    if not letter then return end
    local name = string.match(letter, '^[^/]*/[^/]*')
    local last = '(' .. name .. '/\255'
    local count = redis.call('ZLEXCOUNT', key, '[' .. name .. '/', last)
    answer.letters[name] = (answer.letters[name] or 0) + count
    from = last
  end
end

for _, tag in ipairs(ask.tags) do
  local kept = kept_in(tag)
  if kept then table.insert(answer.tags, tag) end
  if kept and kept > 0 then
    answer.open = answer.open + redis.call('ZCARD', tag .. ':open')
    answer.running = answer.running + redis.call('ZCOUNT', tag .. ':open', '-inf', '(0')
    answer.retrying = answer.retrying + redis.call('ZCOUNT', tag .. ':retrying', '(' .. now, '+inf')
    add_lanes(tag)
    add_outbox(tag)
    add_letters(tag)
    for _, limited in ipairs(ask.limited) do
      if limited[1] == tag then answer.permits[limited[2]] = redis.call('SCARD', tag .. ':permits:' .. limited[2]) end
    end
  end
end
return cjson.encode(answer)
