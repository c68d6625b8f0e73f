#!lua
-- Adds what a process has counted of calls that ended to what all processes have counted. Refused while Redis is full: the
-- process keeps it, and says it again.
-- KEYS: written
-- ARGV: batch (its number: the last one written is in `written`), knownMs (how long that number is kept), prefix (of buckets'
--   keys), most (functions that a bucket holds), tallies[stepMs, keepMs, start, name, text (JSON)]
-- Answers the time now; a batch that comes again, because its reply was lost, is added once.
-- include clock

local now, most = clock(), tonumber(ARGV.most)
local PARTS, LONGEST = { 'o', 'w', 'r' }, { 'wx', 'rx' }

-- `addTally` in libs/policy/stats/tally.ts does the same.
local function added(tally, more)
  for _, part in ipairs(PARTS) do
    local counts = more[part]
    if counts then
      local sums = tally[part] or {}
      for name, count in pairs(counts) do sums[name] = (sums[name] or 0) + count end
      tally[part] = sums
    end
  end
  for _, longest in ipairs(LONGEST) do
    if more[longest] and more[longest] > (tally[longest] or -1) then tally[longest] = more[longest] end
  end
  return tally
end

local function add_to(bucket, name, text)
  local before = redis.call('HGET', bucket, name)
  if before then text = cjson.encode(added(cjson.decode(before), cjson.decode(text))) end
  redis.call('HSET', bucket, name, text)
end

if tonumber(redis.call('GET', KEYS.written) or 0) >= tonumber(ARGV.batch) then return now end

for i = ARGV.tallies.first, ARGV.tallies.last, ARGV.tallies.step do
  local step_ms, start = ARGV.tallies[i].stepMs, ARGV.tallies[i].start
  local name, text = ARGV.tallies[i].name, ARGV.tallies[i].text
  local ends = start + step_ms + ARGV.tallies[i].keepMs
  if ends > now then
    local bucket = ARGV.prefix .. step_ms .. ':' .. start
    local of = string.sub(name, -1)
    if of ~= '*' and of ~= '~' and redis.call('HEXISTS', bucket, name) == 0 and redis.call('HLEN', bucket) >= most then
      add_to(bucket, string.match(name, '^(.-):') .. ':~', text)
      name = '~'
    end
    add_to(bucket, name, text)
    redis.call('PEXPIREAT', bucket, string.format('%.0f', ends))
  end
end
redis.call('SET', KEYS.written, ARGV.batch, 'PX', ARGV.knownMs)
return now
