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
