/** Tells when Redis is back after it was away. */
import type { Redis } from 'ioredis';

/** `back`: called once for each outage of a connection that was there before, with its length, ms. */
export function onReturn(redis: Redis, back: (awayMs: number) => void): void {
  let awaySince: number | undefined;
  const left = (): void => {
    awaySince ??= performance.now();
  };
  redis.on('close', left);
  redis.on('ready', () => {
    if (awaySince !== undefined) back(Math.round(performance.now() - awaySince));
    awaySince = undefined;
  });
}
