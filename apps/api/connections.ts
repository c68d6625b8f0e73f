/** The API's two connections to Redis, and what must be true of it before anything is promised. */
import { StartFault } from '@invoq/host/begin';
import { limited, type Logger } from '@invoq/host/log';
import { connectImpatient, connectPatient, type Redis } from '@invoq/store/connection';
import { replyChannel, setKeyPrefix } from '@invoq/store/keys';
import type { RedisSettings } from '@invoq/store/redis-settings';
import { newMemberID } from '@invoq/store/fleet-member';
import { withoutArguments } from '@invoq/store/store-fault';
import { faultAtStart } from '@invoq/store/store-health';

export interface Connections {
  /** For records and queues, both on one: what is written first arrives first. */
  redis: Redis;
  /** For the outcome channel. */
  subscriber: Redis;
  /** Of this process, in the fleet. */
  id: string;
  /** Its own channel. */
  replyTo: string;
  onFault(error: unknown): void;
}

export async function connect({ redisUrl, redisPrefix }: RedisSettings, log: Logger): Promise<Connections> {
  setKeyPrefix(redisPrefix);
  const redis = connectImpatient(redisUrl);
  const subscriber = connectPatient(redisUrl);
  const fault = await faultAtStart(redis, subscriber);
  if (fault !== undefined) throw new StartFault(fault);
  const faults = limited(log, 'store');
  const id = newMemberID();
  return {
    redis,
    subscriber,
    id,
    replyTo: replyChannel(id),
    onFault: (error) => faults.warn({ err: withoutArguments(error) }, 'store fault'),
  };
}
