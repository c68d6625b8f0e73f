-- The logs of a call, by any key of its partition.
local function logs_beside(beside, id)
  return string.match(beside, '^.-}') .. ':logs:' .. id
end
