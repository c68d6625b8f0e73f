/** What time it is where a key is kept: all times of the record protocol are those of Redis. */
import type { ScriptedRedis } from './scripts';

/** ms since the epoch. On a Redis Cluster TIME would reach any node, one that is away among them; a script goes to its key's. */
export async function timeAt(redis: ScriptedRedis, key: string): Promise<number> {
  if (redis.isCluster) return Number(await redis.invoqNow({ keys: { any: key } }));
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

/** A time that was asked for is carried on for so long, ms. */
const KNOWN_MS = 1_000;
/** An answer that took longer says too little of the time, ms. */
const PROMPT_MS = 20;

interface Known {
  time: number;
  /** Of `performance.now()`. */
  answeredAt: number;
}

const known = new WeakMap<ScriptedRedis, Map<string, Known>>();

/**
 * The same for a check that comes several times a second, and that asks for the time about once a second. It is at most 20 ms
 * behind Redis, and ahead of it only where the clock of Redis was set back within this second. Whatever a check finds, a script decides on it
 * by the true time. `key`: one of few.
 */
export async function nearTimeAt(redis: ScriptedRedis, key: string): Promise<number> {
  const times = known.get(redis) ?? new Map<string, Known>();
  known.set(redis, times);
  const place = redis.isCluster ? key : '';
  const last = times.get(place);
  const askedAt = performance.now();
  if (last !== undefined && askedAt - last.answeredAt < KNOWN_MS)
    return last.time + Math.floor(askedAt - last.answeredAt);
  const time = await timeAt(redis, key);
  const answeredAt = performance.now();
  if (answeredAt - askedAt <= PROMPT_MS) times.set(place, { time, answeredAt });
  else times.delete(place);
  return time;
}
