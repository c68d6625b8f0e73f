#!lua flags=no-writes
-- Schedules of an env without their data, which stand last where the text begins with a blank (`schedule-text.ts`).
-- KEYS: schedules of the env, last runs of the env, due
-- ARGV: env, ids
-- Answers for each: what it does (JSON, without data) or '', last run or '', the time it is due or ''

local told = {}
for i = 2, #ARGV do
  local text = redis.call('HGET', KEYS[1], ARGV[i]) or ''
  local cut = string.sub(text, 1, 1) == ' ' and string.find(text, ',"data":', 1, true)
  table.insert(told, cut and string.sub(text, 1, cut - 1) .. '}' or text)
  table.insert(told, redis.call('HGET', KEYS[2], ARGV[i]) or '')
  table.insert(told, redis.call('ZSCORE', KEYS[3], ARGV[1] .. '/' .. ARGV[i]) or '')
end
return told
