/** Reads what the fleet has counted of calls that ended; see `tally.lua`. */
import type { Redis } from 'ioredis';
import type { Tally } from '@invoq/policy/stats/tally';
import { timeAt } from '../scripts/clock';
import { statsBucketKey, statsPrefix } from '../keys/keys';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** A bucket has a hundred KB at most: so many are read at once. */
const AT_ONCE = 20;

export class StatsReader {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** ms since the epoch, by the clock that calls are counted by. */
  now(): Promise<number> {
    return timeAt(this.redis, statsPrefix());
  }

  /** Of each bucket the tallies with these names, in their order; undefined: nothing was counted. */
  async named(stepMs: number, starts: readonly number[], names: readonly string[]): Promise<(Tally | undefined)[][]> {
    const all = await Promise.all(starts.map((start) => this.redis.hmget(statsBucketKey(stepMs, start), ...names)));
    return all.map((texts) => texts.map((text) => (text === null ? undefined : (JSON.parse(text) as Tally))));
  }

  /** All that buckets hold, one tally after another. */
  async each(stepMs: number, starts: readonly number[], see: (name: string, tally: Tally) => void): Promise<void> {
    for (let at = 0; at < starts.length; at += AT_ONCE) {
      const some = starts.slice(at, at + AT_ONCE);
      const all = await Promise.all(some.map((start) => this.redis.hgetall(statsBucketKey(stepMs, start))));
      for (const bucket of all) for (const name in bucket) see(name, JSON.parse(bucket[name]) as Tally);
    }
  }
}
