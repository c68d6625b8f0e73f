/** Names under which Nest hands out what is not a class. */
export const LOG = Symbol('log');
export const CONNECTIONS = Symbol('connections');
export const BLOB_STORE = Symbol('blob store');
