/** What time it is where a key is kept: all times of the record protocol are those of Redis. */
import type { ScriptedRedis } from './scripts';

/** ms since the epoch. On a Redis Cluster TIME would reach any node, one that is away among them; a script goes to its key's. */
export async function timeAt(redis: ScriptedRedis, key: string): Promise<number> {
  if (redis.isCluster) return Number(await redis.invoqNow(key));
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
