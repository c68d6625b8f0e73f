/** Who has signed callbacks of late: the fingerprints of their secrets, so that workers notice one that signs otherwise. */
import type { Redis } from 'ioredis';
import { timeAt } from './clock';
import { signersKey } from './keys';
import { type ScriptedRedis, withScripts } from './scripts';

/** Longer than workers that sign at all are silent about it, ms; and soon over when a secret was replaced. */
const KEPT_MS = 10 * 60_000;

export class Signers {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** Says that a worker signs with these, and answers what all have said of late, this one among them. */
  async announce(fingerprints: readonly string[]): Promise<string[][]> {
    const now = await timeAt(this.redis, signersKey());
    await this.redis.zadd(signersKey(), now, [...fingerprints].sort().join(' '));
    await this.redis.pexpire(signersKey(), KEPT_MS);
    await this.redis.zremrangebyscore(signersKey(), '-inf', now - KEPT_MS);
    return (await this.redis.zrange(signersKey(), 0, '-1')).map((each) => each.split(' '));
  }
}
