/** The API's two connections to Redis, and what must be true of it before anything is promised. */
import { randomUUID } from 'node:crypto';
import { StartFault } from '@invoq/host/begin';
import { limited, type Logger } from '@invoq/host/log';
import { connectImpatient, connectPatient, untilReady, type Redis } from '@invoq/store/connection';
import { replyChannel } from '@invoq/store/keys';
import { withoutArguments } from '@invoq/store/store-fault';
import { evictionPolicy } from '@invoq/store/store-health';

/** How long a starting process waits for Redis, ms. */
const START_MS = 15_000;

export interface Connections {
  /** For records and queues, both on one: what is written first arrives first. */
  redis: Redis;
  /** For the outcome channel. */
  subscriber: Redis;
  /** This process's own channel. */
  replyTo: string;
  onFault(error: unknown): void;
}

export async function connect(redisUrl: string, log: Logger): Promise<Connections> {
  const redis = connectImpatient(redisUrl);
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
  const faults = limited(log, 'store');
  return {
    redis,
    subscriber,
    replyTo: replyChannel(randomUUID()),
    onFault: (error) => faults.warn({ err: withoutArguments(error) }, 'store fault'),
  };
}
