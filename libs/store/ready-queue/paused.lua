-- What an operator holds back. A lane that something may be held back in has PAUSED first among its fronts: whoever looks
-- for the next call meets it, and asks further. Lanes without it pay one comparison. Nested lanes never have it: the callers
-- of their calls run already, and wait for them.
-- pauses: a hash of the partition: 'queue:<queue>' and 'function:<env>:<function>' to since when (ms).
-- pause log: a hash of the partition: the same names to their pauses that are over, '<from>-<to> …' (ms), the latest ones.
local PAUSED = '!paused'

local function pauses_beside(key)
  return string.match(key, '^[^}]*}') .. ':pauses'
end

local function pause_log_beside(key)
  return string.match(key, '^[^}]*}') .. ':pause-log'
end

-- `ready`: the key that those of the lane begin with, which ends with :<queue>:<lane>.
local function queue_of(ready)
  return string.match(ready, '}:line:([^:]+):')
end
