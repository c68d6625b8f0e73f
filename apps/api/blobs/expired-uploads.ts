/** Addresses of uploaded fields in the data of a call: they are good for a time of their own, whatever becomes of the call. */
import { expiryOf, isBlobID } from '@invoq/blobs/blob-id';

/** `/v1/blobs/<shelf>-<name>?expires=<ms>&signature=…`, where blobs are files. */
const OF_FILES = /\/v1\/blobs\/([0-9a-z]{1,9}-[\w-]{22})\?expires=(\d{1,16})&signature=/g;
/** `…/<shelf>/<name>?X-Amz-…`, in a bucket. */
const OF_BUCKETS = /\/([0-9a-z]{1,9})\/([\w-]{22})\?[^"\s]*X-Amz-/g;

/** How many of them, in JSON text, are of no more use at `now` (ms since the epoch). */
export function expiredUploads(json: string, now: number): number {
  // Most data have none.
  if (!json.includes('/v1/blobs/') && !json.includes('X-Amz-')) return 0;
  const ofFiles = [...json.matchAll(OF_FILES)].filter(([, , expires]) => Number(expires) <= now);
  const ofBuckets = [...json.matchAll(OF_BUCKETS)].filter(([, shelf, name]) => isGone(`${shelf}-${name}`, now));
  return ofFiles.length + ofBuckets.length;
}

function isGone(id: string, now: number): boolean {
  return isBlobID(id) && expiryOf(id) <= now;
}
