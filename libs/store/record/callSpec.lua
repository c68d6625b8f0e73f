-- The spec of a call (`libs/store/record/call-spec.ts` writes it; the field is `terms`): what never changes, in one field. A script
-- that runs for every call hands them on as they are; the others read them.
local function spec_of(text)
  return cjson.decode(text)
end

-- The function that is called, as the ready queues name it (readyQueue.lua); `submit` is handed the same.
local function name_of(spec)
  return spec.env .. ':' .. spec['function']
end
