#!lua flags=allow-oom
-- Keeps the leases of attempts that run on a worker, of several calls of one partition.
-- Answers for each call 'kept', 'cancel' (kept, and its caller asked for its end), or 'lost': no longer the worker's, it must stop at once.
-- KEYS: open
-- ARGV: prefix (of records' keys), leaseMs, calls[id, attempt]
-- include clock
-- include dueIndex
-- include unpacked

local answers, entries, lease_until = {}, {}, clock() + ARGV.leaseMs
for i = ARGV.calls.first, ARGV.calls.last, ARGV.calls.step do
  local id = ARGV.calls[i].id
  local record = ARGV.prefix .. id
  local r = redis.pcall('HMGET', record, 'status', 'attempt', 'cancelAsked', 'suspectAt')
  if r.err then
    -- Its first renewal: from now on it is a hash, and this costs nothing more.
    unpacked(record)
    r = redis.call('HMGET', record, 'status', 'attempt', 'cancelAsked', 'suspectAt')
  end
  if r[1] ~= 'running' or r[2] ~= ARGV.calls[i].attempt then
    table.insert(answers, 'lost')
  else
    redis.call('HSET', record, 'leaseUntil', lease_until)
    if r[4] then redis.call('HDEL', record, 'suspectAt') end
    table.insert(entries, running_score(lease_until))
    table.insert(entries, id)
    table.insert(answers, r[3] and 'cancel' or 'kept')
  end
end
if #entries > 0 then redis.call('ZADD', KEYS.open, unpack(entries)) end
return answers
