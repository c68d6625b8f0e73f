#!lua flags=no-writes
-- Schedules of an env without their data, which stand last where the text begins with a blank (`schedule-text.ts`).
-- KEYS: schedules (of the env), lastRuns (of the env), due
-- ARGV: env, ids[]
-- Answers for each: what it does (JSON, without data) or '', last run or '', the time it is due or ''

local found = {}
for i = ARGV.ids.first, ARGV.ids.last do
  local id = ARGV.ids[i]
  local text = redis.call('HGET', KEYS.schedules, id) or ''
  local cut = string.sub(text, 1, 1) == ' ' and string.find(text, ',"data":', 1, true)
  table.insert(found, cut and string.sub(text, 1, cut - 1) .. '}' or text)
  table.insert(found, redis.call('HGET', KEYS.lastRuns, id) or '')
  table.insert(found, redis.call('ZSCORE', KEYS.due, ARGV.env .. '/' .. id) or '')
end
return found
