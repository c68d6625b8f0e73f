/** The worker's connections to Redis, and what must be true of it before anything is run. */
import { StartFault } from '@invoq/host/begin';
import { connectPatient, type Redis } from '@invoq/store/connection';
import { faultAtStart } from '@invoq/store/store-health';

export interface Connections {
  /** For records and queues. */
  redis: Redis;
  /** For the cancel channel. */
  subscriber: Redis;
}

export async function connect(redisUrl: string): Promise<Connections> {
  const redis = connectPatient(redisUrl);
  const subscriber = connectPatient(redisUrl);
  const fault = await faultAtStart(redis, subscriber);
  if (fault !== undefined) throw new StartFault(fault);
  return { redis, subscriber };
}
