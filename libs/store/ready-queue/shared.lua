-- The shared queue: how the release before this one keeps who waits. One sorted set for each lane, the lowest turn first,
-- whatever function a call is of. Its workers pop from it and know no other. While one of its processes lives (format 1),
-- every call stands in the shared queue too; the record decides who starts it, so standing in both does no harm.
-- This file and adopt.lua go with the next release.

local function add_shared(lane, id, score)
  if lane.format == 1 then redis.call('ZADD', lane.shared, 'NX', score, id) end
end

local function remove_shared(lane, id)
  redis.call('ZREM', lane.shared, id)
end

local function remove_all_shared(lane, ids)
  if lane.format == 1 then redis.call('ZREM', lane.shared, unpack(ids)) end
end
