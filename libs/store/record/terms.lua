-- The terms on which a call was accepted (`libs/store/record/call-spec.ts` writes them): what never changes of it, in one field. A script
-- that runs for every call hands them on as they are; the others read them.
local function terms_of(text)
  return cjson.decode(text)
end

-- The function that is called, as the lines name it (line.lua); `submit` is handed the same.
local function name_of(terms)
  return terms.env .. ':' .. terms['function']
end
