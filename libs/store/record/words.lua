-- Where the word behind `before` ends: at a space; nil where there is none. A pattern that runs over the words costs several
-- times as much.
local function word_end(text, before)
  return before and string.find(text, ' ', before + 1, true)
end
