/** Bytes of blobs that each env keeps, by when they are dropped; see `quota.lua`. */
import type { Redis } from 'ioredis';
import { blobBytesKey } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

export class KeptBlobs {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /**
   * Counts `bytes` (negative: given back) until `droppedAt`, ms since the epoch, unless they are more than there is room for.
   * `held`: what the env keeps before that.
   */
  async add(env: string, bytes: number, droppedAt: number, max: number): Promise<{ isKept: boolean; held: number }> {
    const keys = { kept: blobBytesKey(env) };
    const [kept, held] = (await this.redis.invoqKeep({ keys, args: { bytes, droppedAt, max } })) as number[];
    return { isKept: kept === 1, held };
  }
}
