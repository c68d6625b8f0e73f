-- As many bytes of a call come for free: they are bounded by the number of calls alone; see quota.lua.
local FREE_BYTES = 4096
