/** Connections to Redis. Two tempers: an API process would rather refuse than wait; a worker waits for Redis to return. */
import { Redis, type RedisOptions } from 'ioredis';

export type { Redis } from 'ioredis';

/** The longest a caller is kept waiting by a Redis that does not answer, ms. */
const COMMAND_TIMEOUT_MS = 2_000;
const RETRY_CAP_MS = 1_000;

/** A connection that answers nothing for so long is given up, ms; without this a lost peer is noticed after 15 minutes. */
const SILENCE_MS = { impatient: 5_000, patient: 15_000 };

const BOTH: RedisOptions = {
  retryStrategy: (times) => Math.min(times * 50, RETRY_CAP_MS),
  keepAlive: 5_000,
};

/** A failover leaves us connected to a replica: READONLY means "go and find the new primary". */
function isReadonly(error: Error): boolean {
  return error.message.startsWith('READONLY');
}

/** Rejects at once while Redis is away, and within 2 s when it is silent. */
export function connectImpatient(url: string): Redis {
  return listening(
    new Redis(url, {
      ...BOTH,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: COMMAND_TIMEOUT_MS,
      socketTimeout: SILENCE_MS.impatient,
      // Sent again, it might be refused the second time, and a call that is in would be told that it is not.
      autoResendUnfulfilledCommands: false,
      // The command is refused, and its caller told for certain that it was.
      reconnectOnError: (error) => (isReadonly(error) ? 1 : false),
    }),
  );
}

/** Keeps commands until Redis is back: what a worker has to say about a run must not be lost. */
export function connectPatient(url: string): Redis {
  return listening(
    new Redis(url, {
      ...BOTH,
      maxRetriesPerRequest: null,
      socketTimeout: SILENCE_MS.patient,
      // The command is sent again, to whoever is the primary then.
      reconnectOnError: (error) => (isReadonly(error) ? 2 : false),
    }),
  );
}

/** Without an 'error' listener ioredis prints each failed reconnect; callers hear of it by their own commands. */
function listening(redis: Redis): Redis {
  redis.on('error', () => undefined);
  return redis;
}

/** Resolves once the connection is ready. Rejects after `ms`: every wait has an end. */
export async function untilReady(redis: Redis, ms: number): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    let lastFault: Error | undefined;
    const onError = (error: Error): void => void (lastFault = error);
    const settle = (done: () => void): void => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      redis.off('error', onError);
      done();
    };
    const onReady = (): void => settle(resolve);
    const timer = setTimeout(
      () =>
        settle(() =>
          reject(new Error(`Redis did not answer within ${ms} ms${lastFault ? `: ${lastFault.message}` : ''}`)),
        ),
      ms,
    );
    redis.on('ready', onReady);
    redis.on('error', onError);
  });
}
