/** Chores that one process of the fleet does at a time: who comes first has the turn, and nobody else until it is over. */
import type { Redis } from 'ioredis';
import { timeAt } from '../scripts/clock';
import { lockKey } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

export class ClusterLock {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** Takes the turn for `ms`; answers the time of Redis (ms since the epoch), or undefined when another has it. */
  async take(chore: string, who: string, ms: number): Promise<number | undefined> {
    const key = lockKey(chore);
    if ((await this.redis.set(key, who, 'PX', ms, 'NX')) === null) return undefined;
    return timeAt(this.redis, key);
  }
}
