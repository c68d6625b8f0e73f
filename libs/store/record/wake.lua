-- Has the API processes that watch a record (its field `watchers`: their channels) read it again. The id alone:
-- what is new they read. Without watchers it costs nothing.
local function wake(watchers, id)
  if not watchers then return end
  for channel in string.gmatch(watchers, '%S+') do redis.call('PUBLISH', channel, id) end
end
