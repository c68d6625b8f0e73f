/** What each env holds in bytes, as `quota.lua` counts it. */
import type { Redis } from 'ioredis';
import { deadExpiryKey, deadKey } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** Bytes that one env holds in one partition. Data up to `FREE_BYTES` of a call are not counted. */
export interface BytesHeld {
  /** Data of calls without an end. */
  waiting: number;
  /** Data, ends and logs of dead letters. */
  dead: number;
  /** Data, results and logs of the other calls that have ended, until their records expire. */
  kept: number;
}

export class QuotaStore {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** `maxKept`: beyond so many bytes of ended calls, workers keep the ends alone, without logs and data. */
  async held(partition: number, env: string, maxKept: number): Promise<BytesHeld> {
    const keys = { dead: deadKey(partition), deadExpiry: deadExpiryKey(partition) };
    const [waiting, dead, kept] = (await this.redis.invoqRoom({ keys, args: { env, maxKept } })) as number[];
    return { waiting, dead, kept };
  }
}
