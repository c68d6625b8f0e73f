/** The blobs of this process, as its settings say: the store, and what signs the addresses that it gives away. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type BlobPlace, defaultPlace } from '@invoq/blobs/blob-place';
import type { BlobStore } from '@invoq/blobs/blob-store';
import { openBlobs } from '@invoq/blobs/open-blobs';
import { keptSecret } from '@invoq/host/kept-secret';
import type { Logger } from '@invoq/host/log';
import type { AllPlaces } from '../callers/all-places';
import type { Redis } from '@invoq/store/connection/connection';
import { KeptBlobs } from '@invoq/store/limits/kept-blobs';
import type { ApiSettings } from '../settings';
import { BlobLinks } from './blob-links';
import { BlobQuota } from './blob-quota';
import { Blobs } from './blobs';

/** Beside the blobs, so that all APIs that share the directory share it too. */
const LINK_SECRET_FILE = '.link-secret';

export function openedBlobs(
  settings: ApiSettings,
  places: AllPlaces,
  redis: Redis,
  log: Logger,
): { blobs: Blobs; blobStore: BlobStore } {
  const place = settings.blobs ?? defaultPlace(settings.data);
  const blobStore = openBlobs(place);
  const links = new BlobLinks(secretOf(place, settings.blobSecret, log));
  const quota = new BlobQuota(new KeptBlobs(redis), settings.maxBlobBytes);
  return {
    blobs: new Blobs(blobStore, links, places.uploads, places.openResults, quota, {
      maxBytes: settings.blobLimitBytes,
      lifeMs: settings.blobLifeMs,
    }),
    blobStore,
  };
}

/** Asked for when it is needed first, so that an API that meets no large field needs no directory. */
function secretOf(place: BlobPlace, configured: string | undefined, log: Logger): () => Promise<string> {
  let known: string | undefined = configured;
  // A bucket signs its own addresses; nothing that is signed here is given away.
  if (place.kind === 's3') known ??= randomBytes(32).toString('base64url');
  const file = join(place.kind === 'files' ? place.directory : '', LINK_SECRET_FILE);
  return async () => (known ??= await keptSecret(file, (bytes) => bytes.toString('base64url'), log));
}
