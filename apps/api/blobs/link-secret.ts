/** What signs the addresses of blobs: the secret of the settings, or one that is kept with the blobs. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { defaultPlace } from '@invoq/blobs/blob-place';
import { keptSecret } from '@invoq/host/kept-secret';
import type { Logger } from '@invoq/host/log';
import type { ApiSettings } from '../settings';

/** Beside the blobs, so that all APIs that share the directory share it too. */
const LINK_SECRET_FILE = '.link-secret';

/** Asked for when it is needed first, so that an API that meets no large field needs no directory. */
export function linkSecret({ blobs, data, blobSecret }: ApiSettings, log: Logger): () => Promise<string> {
  const place = blobs ?? defaultPlace(data);
  let known: string | undefined = blobSecret;
  // A bucket signs its own addresses; nothing that is signed here is given away.
  if (place.kind === 's3') known ??= randomBytes(32).toString('base64url');
  const file = join(place.kind === 'files' ? place.directory : '', LINK_SECRET_FILE);
  return async () => (known ??= await keptSecret(file, (bytes) => bytes.toString('base64url'), log));
}
