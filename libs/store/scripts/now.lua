#!lua flags=no-writes
-- The time of the node that holds a key. Asked of a Redis Cluster alone, where TIME reaches any node.
-- KEYS: any
-- include clock

return clock()
