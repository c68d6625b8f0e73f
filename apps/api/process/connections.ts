/** The API's two connections to Redis, and what must be true of it before anything is promised. */
import { StartError } from '@invoq/host/bootstrap';
import { limited, type Logger } from '@invoq/host/log';
import { onReturn } from '@invoq/store/connection/connection-watch';
import { connectImpatient, connectPatient, type Redis } from '@invoq/store/connection/connection';
import { replyChannel, setKeyPrefix } from '@invoq/store/keys/keys';
import type { RedisSettings } from '@invoq/store/connection/redis-settings';
import { newMemberID } from '@invoq/store/fleet/fleet-member';
import { withoutArguments } from '@invoq/store/connection/store-error';
import { readTls } from '@invoq/store/connection/redis-tls';
import { faultAtStart } from '@invoq/store/connection/start-check';

export interface Connections {
  /** For records and queues, both on one: what is written first arrives first. */
  redis: Redis;
  /** For the outcome channel. */
  subscriber: Redis;
  /** Of this process, in the fleet. */
  id: string;
  /** Its own channel. */
  replyTo: string;
  onError(error: unknown): void;
}

export async function connect(settings: RedisSettings, log: Logger): Promise<Connections> {
  const { redisUrl, redisPrefix, requireAof } = settings;
  setKeyPrefix(redisPrefix);
  const tls = readTls(settings);
  if (typeof tls === 'string') throw new StartError(tls);
  const id = newMemberID();
  const named = (role: string) => ({ name: `invoq-api-${id.slice(0, 10)}-${role}`, tls });
  const redis = connectImpatient(redisUrl, named('records'));
  const subscriber = connectPatient(redisUrl, named('outcomes'));
  const onWarning = (message: string): void => log.warn(message);
  const fault = await faultAtStart({ requireAof, onWarning }, redis, subscriber);
  if (fault !== undefined) throw new StartError(fault);
  onReturn(redis, (awayMs) => log.info({ event: 'redis is back', awayMs }, 'Redis is back'));
  const faults = limited(log, 'store');
  return {
    redis,
    subscriber,
    id,
    replyTo: replyChannel(id),
    onError: (error) => faults.warn({ err: withoutArguments(error) }, 'store fault'),
  };
}
