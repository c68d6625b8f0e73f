/** Opens the blob store of a place. */
import type { BlobPlace } from './blob-place';
import type { BlobStore } from './blob-store';
import { FileBlobs } from './file-blobs';

export function openBlobs(place: BlobPlace): BlobStore {
  if (place.kind === 'files') return new FileBlobs(place.directory);
  // Loaded by those who use it only: the SDK costs every process a third of a second and 20 MB.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { S3Blobs } = require('./s3-blobs') as typeof import('./s3-blobs');
  return new S3Blobs(place.bucket);
}
