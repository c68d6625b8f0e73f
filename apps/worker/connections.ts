/** The worker's connections to Redis, and what must be true of it before anything is run. */
import { StartFault } from '@invoq/host/begin';
import { connectPatient, type Redis } from '@invoq/store/connection';
import { setKeyPrefix } from '@invoq/store/keys';
import type { RedisSettings } from '@invoq/store/redis-settings';
import { faultAtStart } from '@invoq/store/store-health';

export interface Connections {
  /** For records and queues. */
  redis: Redis;
  /** For the cancel channel. */
  subscriber: Redis;
}

export async function connect({ redisUrl, redisPrefix }: RedisSettings): Promise<Connections> {
  setKeyPrefix(redisPrefix);
  const redis = connectPatient(redisUrl);
  const subscriber = connectPatient(redisUrl);
  const fault = await faultAtStart(redis, subscriber);
  if (fault !== undefined) throw new StartFault(fault);
  return { redis, subscriber };
}
