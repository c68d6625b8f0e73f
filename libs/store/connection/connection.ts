/** Connections to Redis. Two tempers: an API process would rather refuse than wait; a worker waits for Redis to return. */
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { limitAnswers } from './answer-limit';
import { parseRedisAddress, redisAddress } from './redis-address';
import { isDatabaseError, isFinal, rootOf } from './connection-error';
import type { TlsMaterial } from './redis-tls';
import { writeTogether } from './write-together';

export type { Redis } from 'ioredis';

/** The longest a caller is kept waiting by a Redis that does not answer, ms. */
const COMMAND_TIMEOUT_MS = 2_000;
/** The longest pause between two tries to connect, ms: so much later than Redis are callers served again. */
const RETRY_CAP_MS = 500;
/**
 * How often a Redis that loads its data is asked whether it is done, ms. By itself ioredis believes how long Redis says
 * that it will take yet (10 s at most), which after a crash may be ten times what it takes.
 */
const LOADING_RETRY_MS = 200;

/** A connection that answers nothing for so long is given up, ms; without this a lost peer is noticed after 15 minutes. */
const SILENCE_MS = { impatient: 5_000, patient: 15_000 };

/** How often an API process asks a Redis Cluster who is the primary of what. */
const SLOTS_REFRESH_MS = 2_000;

const BOTH: RedisOptions = {
  retryStrategy: retryAfterMs,
  keepAlive: 5_000,
  maxLoadingRetryTime: LOADING_RETRY_MS,
};

/** How a connection is made, beside its address. */
export interface ConnectionOptions {
  /** What Redis calls it in `CLIENT LIST`. */
  name?: string;
  /** For `rediss…`: whom to trust and who we are; by default what Node trusts, and nobody. */
  tls?: TlsMaterial;
}

function retryAfterMs(times: number): number {
  return Math.min(times * 50, RETRY_CAP_MS);
}

/** A failover leaves us connected to a replica: READONLY means "go and find the new primary". */
function isReadonly(error: Error): boolean {
  return error.message.startsWith('READONLY');
}

/** Rejects at once while Redis is away, and within 2 s when it is silent. */
export function connectImpatient(url: string, more: ConnectionOptions = {}): Redis {
  return connect(
    url,
    more,
    {
      ...BOTH,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: COMMAND_TIMEOUT_MS,
      socketTimeout: SILENCE_MS.impatient,
      // Sent again, it might be refused the second time, and an accepted call would be answered as refused.
      autoResendUnfulfilledCommands: false,
      // The command is refused, and its caller knows for certain that it was.
      reconnectOnError: (error) => (isReadonly(error) ? 1 : false),
    },
    // 0: as for one server, a node that is away refuses at once. Who tries again looks for the new primary by itself; here
    // it has to be looked for now and then.
    {
      enableOfflineQueue: false,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      slotsRefreshInterval: SLOTS_REFRESH_MS,
    },
    COMMAND_TIMEOUT_MS,
  );
}

/** Keeps commands until Redis is back: what a worker has to say about a run must not be lost. */
export function connectPatient(url: string, more: ConnectionOptions = {}): Redis {
  return connect(
    url,
    more,
    {
      ...BOTH,
      maxRetriesPerRequest: null,
      socketTimeout: SILENCE_MS.patient,
      // The command is sent again, to whoever is the primary then.
      reconnectOnError: (error) => (isReadonly(error) ? 2 : false),
    },
    // As often as it takes: a node without a replica is away until it is started again.
    { maxRedirections: Number.MAX_SAFE_INTEGER, retryDelayOnFailover: 200, retryDelayOnClusterDown: 200 },
  );
}

/** The servers that hold the data: one, or the primaries of a Redis Cluster. */
export function primariesOf(redis: Redis): Redis[] {
  return redis.isCluster ? (redis as unknown as Cluster).nodes('master') : [redis];
}

function connect(
  url: string,
  { name: connectionName, tls: material = {} }: ConnectionOptions,
  temper: RedisOptions,
  clusterOptions: ClusterOptions,
  answerLimitMs?: number,
): Redis {
  const address = parseRedisAddress(url);
  if (!address) throw new Error(`REDIS_URL must be ${redisAddress().rule}.`);
  const { tls, ...access } = address.access;
  const secure = tls ? { tls: material } : {};
  const options = { ...temper, ...(connectionName === undefined ? {} : { connectionName }) };
  if (address.kind === 'one') {
    return single(new Redis({ ...options, ...access, ...secure, ...address.node, db: address.db }), answerLimitMs);
  }
  if (address.kind === 'sentinel') {
    const { sentinels, master, db } = address;
    return single(
      new Redis({
        ...options,
        ...access,
        ...secure,
        ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: material } : {}),
        sentinels,
        name: master,
        db,
        sentinelRetryStrategy: retryAfterMs,
        // Told by the Sentinels of another primary, also when the old one is silent.
        failoverDetector: true,
      }),
      answerLimitMs,
    );
  }
  // Whether a node is tried again, and what waits for it, is the cluster's to say.
  const { retryStrategy: _, enableOfflineQueue: __, ...ofNode } = options;
  const cluster = new Cluster(address.nodes, {
    ...clusterOptions,
    clusterRetryStrategy: retryAfterMs,
    redisOptions: { ...ofNode, ...access, ...secure },
  });
  cluster.on('+node', (node: Redis) => void withManyListeners(writeTogether(limited(node, answerLimitMs))));
  // It takes the same commands; where it does not behave as one server, `isCluster` is asked.
  return listening(cluster as unknown as Redis);
}

function single(redis: Redis, answerLimitMs?: number): Redis {
  const own = withManyListeners(writeTogether(limited(redis, answerLimitMs)));
  return listening(keepingItsOptions(own, answerLimitMs));
}

function limited(redis: Redis, answerLimitMs: number | undefined): Redis {
  return answerLimitMs === undefined ? redis : limitAnswers(redis, answerLimitMs);
}

/**
 * When a primary becomes a replica, ioredis ends the connection once for each command under way, and listens for its close
 * each time. Those listeners go with the socket; their number is no leak, and Node need not warn of it.
 */
function withManyListeners(redis: Redis): Redis {
  redis.on('connect', () => redis.stream?.setMaxListeners(0));
  return redis;
}

/** A copy has the name of its process, too (BullMQ would name its own after a queue), and waits no longer for answers. */
function keepingItsOptions(redis: Redis, answerLimitMs: number | undefined): Redis {
  const { connectionName } = redis.options;
  const duplicate = redis.duplicate.bind(redis);
  const named = connectionName === undefined ? {} : { connectionName };
  redis.duplicate = (override) => limited(duplicate({ ...override, ...named }), answerLimitMs);
  return redis;
}

/**
 * Without an 'error' listener ioredis prints each failed reconnect; callers see it by their own commands. Refused its
 * database, ioredis would go on in database 0, which may be somebody else's.
 */
function listening(redis: Redis): Redis {
  redis.on('error', (error: Error) => {
    if (isDatabaseError(error)) redis.disconnect(true);
  });
  return redis;
}

/**
 * Resolves once the connection is ready. Rejects after `ms`: every wait has an end. Rejects at once with what waiting does
 * not mend, such as a wrong password. `onError` receives errors that may mend themselves.
 */
export async function untilReady(redis: Redis, ms: number, onError?: (error: Error) => void): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    let lastError: Error | undefined;
    const onErrorEvent = (error: Error): void => {
      const fault = rootOf(error);
      lastError = fault;
      if (isFinal(fault)) settle(() => reject(fault));
      else onError?.(fault);
    };
    const settle = (done: () => void): void => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      redis.off('error', onErrorEvent);
      done();
    };
    const onReady = (): void => settle(resolve);
    const timer = setTimeout(
      () =>
        settle(() =>
          reject(new Error(`Redis did not answer within ${ms} ms${lastError ? `: ${lastError.message}` : ''}`)),
        ),
      ms,
    );
    redis.on('ready', onReady);
    redis.on('error', onErrorEvent);
  });
}
