/** What must be true of Redis before anything is promised on it: reachable, ours to use, new enough, and set never to evict. */
import { finalFaultLine, isFinal } from './connection-error';
import { primariesOf, type Redis, untilReady } from './connection';
import { tagOf } from '../keys/keys';
import { infoField } from './store-health';

/** How long a starting process waits for Redis, ms. */
const START_MS = 15_000;
/** After so long it says that it waits, ms. */
const SAY_MS = 1_000;
/** The scripts use function flags, which came with Redis 7. */
const OLDEST_MAJOR = 7;

export interface StartCheck {
  /** Is a Redis without an append-only file refused? */
  requireAof: boolean;
  onWarning(message: string): void;
}

/** Waits until these connections to one Redis stand. Why nothing may be promised on it, one clear sentence; undefined: it may. */
export async function faultAtStart(check: StartCheck, redis: Redis, ...others: Redis[]): Promise<string | undefined> {
  let lastError = 'no answer';
  const saying = setTimeout(
    () => check.onWarning(`Redis is not there yet (${lastError}); waiting for it for ${START_MS / 1_000} s at most`),
    SAY_MS,
  );
  const onError = (error: Error): void => void (lastError = error.message);
  try {
    await Promise.all([redis, ...others].map((each) => untilReady(each, START_MS, onError)));
    const infos = await Promise.all(primariesOf(redis).map((server) => server.info()));
    const fault = infos.map((info) => faultOf(info, check)).find((each) => each !== undefined);
    return fault ?? (await lackOf(redis));
  } catch (error) {
    return isFinal(error as Error) ? finalFaultLine(error as Error) : (error as Error).message;
  } finally {
    clearTimeout(saying);
  }
}

function faultOf(info: string, { requireAof, onWarning }: StartCheck): string | undefined {
  const version = infoField(info, 'redis_version');
  if (version !== undefined && Number.parseInt(version, 10) < OLDEST_MAJOR) {
    return `Redis ${version} is too old: version ${OLDEST_MAJOR}.0 or newer is needed.`;
  }
  const policy = infoField(info, 'maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    return `Redis may evict keys (maxmemory-policy ${policy}), and records are promises. Set maxmemory-policy noeviction.`;
  }
  if (infoField(info, 'aof_enabled') !== '0') return undefined;
  const loss = 'Redis has no append-only file, so a crash loses accepted calls. Set appendonly yes';
  if (requireAof) return `${loss}, or INVOQ_REQUIRE_AOF=false.`;
  onWarning(`${loss}.`);
  return undefined;
}

/** A script and a blocking pop: what a user without the rights, or a server without the command, is refused. */
async function lackOf(redis: Redis): Promise<string | undefined> {
  try {
    await redis.eval('return 1', 1, `${tagOf('check')}:start`);
    await redis.call('blmpop', '0.01', '1', `${tagOf('check')}:start`, 'LEFT');
    return undefined;
  } catch (error) {
    if (isFinal(error as Error)) throw error;
    if (/unknown command/i.test((error as Error).message)) {
      return `Redis lacks a command that Invoq needs: ${(error as Error).message.split(',')[0]}.`;
    }
    throw error;
  }
}
