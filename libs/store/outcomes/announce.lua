-- Tells the API processes that wait for ends, and takes the ends out of the due index: once for all ends of a script.
-- Needs KEYS: open
-- The envelope rides along unless it is larger than this, bytes.
local ANNOUNCE_INLINE = 65536
-- Stands before each of several announcements in one message: no JSON text has it.
local NEXT_ANNOUNCEMENT = '\30'

-- `ended`: ids. `announced`: messages, by the channels they go to.
local function written_at_last()
  return { ended = {}, announced = {} }
end

local function publish(channels, messages)
  local message = messages[1]
  if messages[2] then message = NEXT_ANNOUNCEMENT .. table.concat(messages, NEXT_ANNOUNCEMENT) end
  for channel in string.gmatch(channels, '%S+') do redis.call('PUBLISH', channel, message) end
end

local function announcement(id, outcome, envelope)
  if #envelope > ANNOUNCE_INLINE then return id end
  return id .. ' ' .. outcome .. ' ' .. envelope
end

-- `channels`: the field `replyTo` of the record.
local function announce(at, channels, id, outcome, envelope)
  local message = announcement(id, outcome, envelope)
  local messages = at.announced[channels]
  if messages and messages.length + #message > ANNOUNCE_INLINE then
    publish(channels, messages)
    messages = nil
  end
  if messages then
    messages[#messages + 1], messages.length = message, messages.length + #message
  else
    at.announced[channels] = { message, length = #message }
  end
end

-- After the last end of a script.
local function ends_are_written(at)
  if #at.ended > 0 then redis.call('ZREM', KEYS.open, unpack(at.ended)) end
  for channels, messages in pairs(at.announced) do publish(channels, messages) end
end
