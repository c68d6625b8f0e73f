#!lua flags=allow-oom
-- Makes a hash of a packed record.
-- KEYS: record
-- include unpacked

unpacked(KEYS.record)
return 1
