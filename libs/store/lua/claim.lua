#!lua flags=allow-oom
-- Starts an attempt, if the invocation waits for one.
-- KEYS: record, open, queued, line, turns
-- ARGV: id, worker, leaseMs, tokenHash
-- Answers as `start` does.
-- include clock
-- include open
-- include line
-- include wake
-- include start

local by = { worker = ARGV[2], lease_ms = ARGV[3], token_hash = ARGV[4] }
return start(KEYS[1], KEYS[2], lane_keys(3), ARGV[1], by, clock())
