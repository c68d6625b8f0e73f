#!lua flags=allow-oom
-- Takes dead letters off the list; their records go when those of other calls would, large data at once.
-- KEYS: dead, deadExpiry
-- ARGV: letters[]
-- Answers how many were there.
-- include clock
-- include callSpec
-- include deadLetters

local at, now, purged = dead_letters(), clock(), 0
for i = ARGV.letters.first, ARGV.letters.last do
  local letter = ARGV.letters[i]
  local record = record_of(at, letter)
  local keep_ms = redis.call('HGET', record, 'retainMs')
  if keep_ms then redis.call('PEXPIRE', record, keep_ms, 'LT') end
  purged = purged + take_letter(at, letter, now)
end
return purged
