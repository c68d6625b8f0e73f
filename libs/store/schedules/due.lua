#!lua flags=no-writes
-- Schedules whose check is due. A run that could not be taken is put off: it stands in `late` as
-- '<at> <runAt> <tries>', which counts as long as `at` is the time of its look.
-- KEYS: due, late
-- ARGV: now, limit
-- Answers for each, the longest due first: schedule (<env>/<id>), at, late or ''

local rows = redis.call('ZRANGEBYSCORE', KEYS.due, '-inf', ARGV.now, 'WITHSCORES', 'LIMIT', 0, ARGV.limit)
local some_late = #rows > 0 and redis.call('EXISTS', KEYS.late) == 1
local rows_due = {}
for i = 1, #rows, 2 do
  table.insert(rows_due, rows[i])
  table.insert(rows_due, rows[i + 1])
  table.insert(rows_due, some_late and redis.call('HGET', KEYS.late, rows[i]) or '')
end
return rows_due
