#!lua flags=allow-oom
-- A worker hands back a call that it was given and cannot serve: the start is undone, at no cost to the call. It stands in
-- its queue as before, with its turn and its age. Fenced by the token of the start, so that said twice it undoes one start.
-- KEYS: record, open, queued, ready, turns
-- ARGV: id, attempt, tokenHash, checkMs
-- Answers 'back', 'cancel' (out of its queue, since its caller asked for its end meanwhile: cancel it; else the sweeper does,
--   whose look is due), or 'lost' when fenced.
-- include clock
-- include dueIndex
-- include callSpec
-- include lane
-- include readyQueue
-- include serves
-- include wake
-- include unpacked
-- include undoStart

local record, lane, id = KEYS.record, lane_of(KEYS.queued, KEYS.ready, KEYS.turns), ARGV.id
unpacked(record)
local r = redis.call('HMGET', record, 'status', 'attempt', 'tokenHash')
if r[1] ~= 'running' or r[2] ~= ARGV.attempt or r[3] ~= ARGV.tokenHash then return 'lost' end
return undo_start(record, KEYS.open, lane, id, tonumber(ARGV.checkMs), clock())
