-- Makes a hash of a packed record (packed.lua), so that all fields can be written. Scripts that not every call runs through call
-- this first.
local UNPACKED_HEAD = { 'retainMs', 'replyTo', 'keepData', 'mode', 'queuedAt', 'expiresAt', 'timeoutMs', 'turn', 'deadMs', 'askedMs' }
local UNPACKED_RUN = { 'startedAt', 'worker', 'leaseUntil', 'leaseMs', 'deadline', 'tokenHash' }
local UNPACKED_END = { 'startedAt', 'worker', 'leaseMs', 'deadline', 'finishedAt', 'next', 'used' }

local function unpacked(record)
  if redis.call('TYPE', record).ok ~= 'string' then return end
  local text, left = redis.call('GET', record), redis.call('PTTL', record)
  local head, terms, origin, traceparent, rest = string.match(text, '^([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$')
  -- Not ours, or of a release that writes otherwise.
  if not head then return end
  local fields = { 'terms', terms, 'origin', origin }
  local function also(name, value)
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  local function also_words(names, words)
    local i = 0
    for word in string.gmatch(words, '%S+') do
      i = i + 1
      if word ~= '-' then also(names[i], word) end
    end
  end
  local state, words = string.match(head, '^(%S+) (.*)$')
  also_words(UNPACKED_HEAD, words)
  if traceparent ~= '' then also('traceparent', traceparent) end
  if state == 'open' then
    local data, run = string.match(rest, '^([^\n]*)\n?(.*)$')
    also('data', data)
    also('status', run == '' and 'queued' or 'running')
    also('attempt', run == '' and '0' or '1')
    also_words(UNPACKED_RUN, run)
  else
    local run, envelope = string.match(rest, '^([^\n]*)\n(.*)$')
    also_words(UNPACKED_END, run)
    also('status', state)
    also('attempt', '1')
    also('code', '0')
    also('envelope', envelope)
  end
  redis.call('DEL', record)
  redis.call('HSET', record, unpack(fields))
  if left > 0 then redis.call('PEXPIRE', record, left) end
end
