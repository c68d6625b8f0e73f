-- A lane as scripts know it: its keys, and which functions the workers of one kind serve. Workers that serve the same functions
-- are one kind of server, known by the digest of their list.
-- serves .. digest: the functions of one kind, <env>:<function>. One that is there and cannot be loaded is in it as
-- !<env>:<function>: it is taken only when no other kind has it whole, so that its caller gets the reason why it does not load.
-- servers: the kinds that take calls of this lane, by the time (ms) at which they last said so.
local function lane_of(queued, ready, turns)
  return { queued = queued, ready = ready, turns = turns, own = ready .. ':of:', fronts = ready .. ':fronts' }
end

local function servers_of(lane)
  return lane.ready .. ':servers'
end

local function serves_of(lane, digest)
  return string.match(lane.ready, '^[^}]*}') .. ':serves:' .. digest
end

local function serves(lane, digest, member)
  return redis.call('SISMEMBER', serves_of(lane, digest), member) == 1
end
