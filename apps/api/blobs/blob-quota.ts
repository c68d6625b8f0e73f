/**
 * Bytes that the uploads of each env take, counted in Redis until they are dropped. Room is taken before the first byte, so
 * that uploads side by side cannot get past the quota together.
 */
import { expiryOf, SHELF_MS } from '@invoq/blobs/blob-id';
import type { KeptBlobs } from '@invoq/store/limits/kept-blobs';
import { storeRefusal } from '@invoq/store/connection/store-error';
import { bytesRefusal } from '../invocations/room';
import { SLACK_MS } from './blob-sweeper';

export class BlobQuota {
  constructor(
    private readonly kept: KeptBlobs,
    /** In one env, bytes. */
    private readonly max: number,
  ) {}

  /** Takes room for an upload, or refuses with STORE_FULL. */
  async take(env: string, id: string, bytes: number): Promise<void> {
    const { isKept, held } = await this.kept.add(env, bytes, droppedAt(id), this.max).catch((error: unknown) => {
      throw storeRefusal(error);
    });
    if (!isKept) throw bytesRefusal('STORE_FULL', { name: 'blob-bytes', env, held, limit: this.max });
  }

  /** What is not given back, as Redis is away, is given back when the upload would have expired. */
  async giveBack(env: string, id: string, bytes: number): Promise<void> {
    if (bytes > 0) await this.kept.add(env, -bytes, droppedAt(id), this.max).catch(() => undefined);
  }
}

/** By then it is gone, ms since the epoch. */
function droppedAt(id: string): number {
  return expiryOf(id) + SLACK_MS + SHELF_MS;
}
