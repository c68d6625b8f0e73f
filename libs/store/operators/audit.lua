#!lua flags=allow-oom
-- Writes one line of the audit log, and drops those whose time is over. Also when Redis is full: then above all an operator
-- has to act.
-- KEYS: log (a stream)
-- ARGV: entry (JSON), keepMs, max (entries)
-- Answers the id of the entry: <ms>-<n>.
-- include clock

local id = redis.call('XADD', KEYS.log, 'MAXLEN', '~', ARGV.max, '*', 'entry', ARGV.entry)
redis.call('XTRIM', KEYS.log, 'MINID', string.format('%.0f', clock() - ARGV.keepMs))
redis.call('PEXPIRE', KEYS.log, ARGV.keepMs)
return id
