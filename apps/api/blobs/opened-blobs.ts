/** The blobs of this process, as its settings say: the store, and what signs the addresses that it gives away. */
import { randomBytes } from 'node:crypto';
import { type BlobPlace, defaultPlace } from '@invoq/blobs/blob-place';
import type { BlobStore } from '@invoq/blobs/blob-store';
import { openBlobs } from '@invoq/blobs/open-blobs';
import type { ApiSettings } from '../settings';
import { BlobLinks } from './blob-links';
import { Blobs } from './blobs';
import { linkSecret } from './link-secret';

export function openedBlobs(settings: ApiSettings): { blobs: Blobs; blobStore: BlobStore } {
  const place = settings.blobs ?? defaultPlace(settings.data);
  const blobStore = openBlobs(place);
  const links = new BlobLinks(secretOf(place, settings.blobSecret));
  return {
    blobs: new Blobs(blobStore, links, { maxBytes: settings.blobLimitBytes, lifeMs: settings.blobLifeMs }),
    blobStore,
  };
}

/** Asked for when it is needed first, so that an API that meets no large field needs no directory. */
function secretOf(place: BlobPlace, configured: string | undefined): () => Promise<string> {
  let known: string | undefined = configured;
  // A bucket signs its own addresses; nothing that is signed here is given away.
  if (place.kind === 's3') known ??= randomBytes(32).toString('base64url');
  const directory = place.kind === 'files' ? place.directory : '';
  return async () => (known ??= await linkSecret(directory));
}
