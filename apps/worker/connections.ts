/** The worker's connections to Redis, and what must be true of it before anything is run. */
import { StartError } from '@invoq/host/bootstrap';
import type { Logger } from '@invoq/host/log';
import { onReturn } from '@invoq/store/connection/connection-watch';
import { connectPatient, type Redis } from '@invoq/store/connection/connection';
import { newMemberID } from '@invoq/store/fleet/fleet-member';
import { setKeyPrefix } from '@invoq/store/keys/keys';
import type { RedisSettings } from '@invoq/store/connection/redis-settings';
import { readTls } from '@invoq/store/connection/redis-tls';
import { faultAtStart } from '@invoq/store/connection/start-check';

export interface Connections {
  /** Who this worker is, to Redis and to the others. */
  worker: string;
  /** For records and queues. */
  redis: Redis;
  /** For the cancel channel. */
  subscriber: Redis;
}

export async function connect(settings: RedisSettings, log: Logger): Promise<Connections> {
  const { redisUrl, redisPrefix, requireAof } = settings;
  setKeyPrefix(redisPrefix);
  const tls = readTls(settings);
  if (typeof tls === 'string') throw new StartError(tls);
  const worker = newMemberID();
  const named = (role: string) => ({ name: `invoq-worker-${worker.slice(0, 10)}-${role}`, tls });
  // What the lanes open by themselves is a copy of this one, name included.
  const redis = connectPatient(redisUrl, named('records'));
  const subscriber = connectPatient(redisUrl, named('cancels'));
  const onWarning = (message: string): void => log.warn(message);
  const fault = await faultAtStart({ requireAof, onWarning }, redis, subscriber);
  if (fault !== undefined) throw new StartError(fault);
  onReturn(redis, (awayMs) => log.info({ event: 'redis is back', awayMs }, 'Redis is back'));
  return { worker, redis, subscriber };
}
