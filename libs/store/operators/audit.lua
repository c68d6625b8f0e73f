#!lua flags=allow-oom
-- Writes one line of the audit log, and drops those whose time is over. Also when Redis is full: then above all an operator
-- has to act.
-- KEYS: log (a stream)
-- ARGV: entry (JSON), keepMs, most entries
-- Answers the id of the entry: <ms>-<n>.
-- include clock

local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'entry', ARGV[1])
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', clock() - ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return id
