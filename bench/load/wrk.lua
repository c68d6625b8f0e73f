-- What each slice of load does inside of wrk: sends the requests in turn, checks every answer, and stops asking in time.
-- Arguments: file of requests (whole HTTP requests, a NUL byte between two), text expected in an answer, its status, seconds,
-- most calls, least calls, seconds that a slice with fewer calls may last longer, limit of one answer in ms.
-- Tells its parent on stderr: `few` when the slice lasts longer as there were few calls, `over` when it has ended, `heard` when no
-- caller waits any more. It can only tell when an answer comes.

local ffi = require('ffi')
ffi.cdef('struct moment { long s; int us; }; int gettimeofday(struct moment *, void *);')
local moment = ffi.new('struct moment')

local requests, expected, status, seconds, most, least, late
local verified, from, few, ended = false, 0, false, false
-- Globals can be read from `done`, which runs in another Lua state. `sample` is one wrong answer, on one line.
sent, heard, calls, wrong, ms, limit, sample = 0, 0, 0, 0, 0, 0, ''

local function now()
   ffi.C.gettimeofday(moment, nil)
   return tonumber(moment.s) * 1000 + moment.us / 1000
end

local function tell(word)
   io.stderr:write(word, '\n')
end

function init(args)
   local file = assert(io.open(args[1], 'rb'))
   requests = {}
   for request in file:read('*a'):gmatch('[^%z]+') do
      requests[#requests + 1] = request
   end
   file:close()
   expected, status, seconds = args[2], tonumber(args[3]), tonumber(args[4])
   most, least, late = tonumber(args[5]), tonumber(args[6]), tonumber(args[7])
   limit = tonumber(args[8])
   -- Until an answer comes later: when every caller is stuck, none does.
   ms = seconds * 1000
end

function request()
   -- wrk reads one before it starts, to see whether it is HTTP.
   if not verified then
      verified = true
      return requests[1]
   end
   -- Nothing to send: the caller stays connected and asks no more.
   if ended or sent >= most then
      return ''
   end
   if sent == 0 then
      from = now()
   end
   sent = sent + 1
   return requests[(sent - 1) % #requests + 1]
end

local function finish(age)
   ended, ms = true, age * 1000
   tell('over')
end

function response(code, _, body)
   heard = heard + 1
   if code ~= status or not body:find(expected, 1, true) then
      wrong = wrong + 1
      sample = code .. ' ' .. body:sub(1, 200):gsub('%c', ' ')
   end
   if not ended then
      calls = calls + 1
      local age = (now() - from) / 1000
      -- Over in time, but not before its first calls are: on a busy machine one may take longer than the slice.
      local isEnough = calls >= math.min(least, most) or age >= seconds + late
      if (age >= seconds and isEnough) or (heard == sent and sent >= most) then
         finish(age)
      elseif age >= seconds and not few then
         few = true
         tell('few')
      end
   end
   if ended and heard == sent then
      tell('heard')
   end
end

local thread
function setup(it)
   thread = it
end

-- A caller that never heard counts as one that waited for the whole limit: quantiles are of all that were sent.
local function quantile(latency, answered, share, limit)
   local of = share * thread:get('sent') / answered
   if answered == 0 or of >= 1 then
      return limit
   end
   return latency:percentile(of * 100) / 1000
end

function done(summary, latency)
   -- wrk does not record what took longer than its own timeout, which is the same limit.
   local answered = thread:get('heard') - summary.errors.timeout
   local parts = { 'answered=' .. answered }
   for _, name in ipairs({ 'sent', 'calls', 'wrong', 'ms' }) do
      parts[#parts + 1] = name .. '=' .. thread:get(name)
   end
   for name, share in pairs({ p10 = 0.1, p50 = 0.5, p99 = 0.99 }) do
      parts[#parts + 1] = name .. '=' .. quantile(latency, answered, share, thread:get('limit'))
   end
   io.write('sample: ', table.concat(parts, ' '), '\n', 'wrong: ', thread:get('sample'), '\n')
end
