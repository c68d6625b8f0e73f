/** A connection for waits that block: most of the time it can do nothing else. */
import type { Redis, RedisOptions } from 'ioredis';

/**
 * What broke off is not sent again, be it by a lost connection or by a primary that became a replica: it would take what
 * rings meanwhile for nobody, and hide a loss until it is over. On a Redis Cluster the nodes see to that.
 */
export function blockingConnection(redis: Redis): Redis {
  const options: Partial<RedisOptions> = {
    autoResendUnfulfilledCommands: false,
    reconnectOnError: ({ message }) => (message.startsWith('READONLY') ? 1 : false),
  };
  const copy = redis.isCluster ? redis.duplicate() : redis.duplicate(options);
  // Who waits hears of it by the wait itself.
  copy.on('error', () => undefined);
  return copy;
}

/** Resolves when it is connected, or will never be again. A Redis Cluster connects by itself. */
export async function untilReady(blocking: Redis): Promise<void> {
  if (blocking.isCluster || blocking.status === 'ready' || blocking.status === 'end') return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      blocking.off('ready', done).off('end', done);
      resolve();
    };
    blocking.on('ready', done).on('end', done);
  });
}
