/** Names under which Nest hands out what is not a class. */
export const REDIS = Symbol('redis');
export const BLOBS = Symbol('blobs');
