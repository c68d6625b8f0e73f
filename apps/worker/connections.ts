/** The worker's connections to Redis, and what must be true of it before anything is run. */
import { StartFault } from '@invoq/host/begin';
import { connectPatient, untilReady, type Redis } from '@invoq/store/connection';
import { evictionPolicy } from '@invoq/store/store-health';

/** How long a starting process waits for Redis, ms. */
const START_MS = 15_000;

export interface Connections {
  /** For records and queues. */
  redis: Redis;
  /** For the cancel channel. */
  subscriber: Redis;
}

export async function connect(redisUrl: string): Promise<Connections> {
  const redis = connectPatient(redisUrl);
  const subscriber = connectPatient(redisUrl);
  await Promise.all([untilReady(redis, START_MS), untilReady(subscriber, START_MS)]).catch((error: Error) => {
    throw new StartFault(error.message);
  });
  const policy = await evictionPolicy(redis);
  if (policy !== 'noeviction') {
    throw new StartFault(
      `Redis may evict keys (maxmemory-policy ${policy}), and records are promises. Set maxmemory-policy noeviction.`,
    );
  }
  return { redis, subscriber };
}
