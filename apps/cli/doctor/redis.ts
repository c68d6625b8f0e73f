/** Redis: reachable, new enough, set to keep what it is given, with room left. */
import { connectImpatient, primariesOf, type Redis, untilReady } from '@invoq/store/connection/connection';
import { finalFaultLine, isFinal } from '@invoq/store/connection/connection-error';
import { parseRedisAddress, redisAddress } from '@invoq/store/connection/redis-address';
import { infoField } from '@invoq/store/connection/store-health';
import { readTls } from '@invoq/store/connection/redis-tls';
import { bytesText } from '../output/lengths';
import { type Check, fail, ok, warn } from './check';
import { clockCheck } from './clock';

const LIMIT_MS = 5_000;
const OLDEST_MAJOR = 7;
const MEMORY_WARN = 0.75;
const MEMORY_FAIL = 0.9;

export async function redisChecks(url: string | undefined, env: Record<string, string | undefined>): Promise<Check[]> {
  if (!url) {
    const next = 'Give REDIS_URL as the API has it, or --redis-url, to have it checked.';
    return [warn('redis', 'not checked: REDIS_URL is not set here', next)];
  }
  if (!parseRedisAddress(url))
    return [fail('redis', 'REDIS_URL is not an address of Redis', `It must be ${redisAddress().rule}.`)];
  const { INVOQ_REDIS_CA: redisCa, INVOQ_REDIS_CERT: redisCert, INVOQ_REDIS_KEY: redisKey } = env;
  const tls = readTls({ redisUrl: url, redisCa, redisCert, redisKey });
  if (typeof tls === 'string') return [fail('redis', tls, 'Check REDIS_URL and the files of its TLS.')];
  let redis: Redis | undefined;
  try {
    redis = connectImpatient(url, { name: 'invoq-doctor', tls });
    await untilReady(redis, LIMIT_MS);
    const servers = await Promise.all(primariesOf(redis).map((server) => server.info()));
    return [ok('redis', 'reached'), ...servers.flatMap(infoChecks), await timeCheck(redis)];
  } catch (error) {
    const message = isFinal(error as Error) ? finalFaultLine(error as Error) : (error as Error).message;
    return [fail('redis', message, 'Check REDIS_URL, and that this Redis runs and can be reached from here.')];
  } finally {
    redis?.disconnect();
  }
}

async function timeCheck(redis: Redis): Promise<Check> {
  const [server] = primariesOf(redis);
  const before = Date.now();
  const [seconds, micros] = await server.time();
  return clockCheck('clock.redis', 'Redis', Number(seconds) * 1_000 + Number(micros) / 1_000, before, Date.now(), 1);
}

/** Of one server, from the text of INFO. */
export function infoChecks(info: string): Check[] {
  const field = (name: string): string => infoField(info, name) ?? '';
  return [
    version(field('redis_version')),
    policy(field('maxmemory_policy')),
    memory(Number(field('used_memory')), Number(field('maxmemory'))),
    appendOnly(field('aof_enabled'), field('aof_last_write_status')),
    snapshot(field('rdb_last_bgsave_status')),
  ].filter((check) => check !== undefined);
}

function version(text: string): Check {
  if (Number.parseInt(text, 10) >= OLDEST_MAJOR) return ok('redis.version', `Redis ${text}`);
  return fail('redis.version', `Redis ${text} is too old`, `Upgrade to Redis ${OLDEST_MAJOR}.0 or newer, or Valkey.`);
}

function policy(text: string): Check | undefined {
  if (text === '') return undefined;
  if (text === 'noeviction') return ok('redis.maxmemory-policy', 'noeviction: nothing is dropped');
  const next = 'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.';
  return fail('redis.maxmemory-policy', `${text} drops records when memory is full`, next);
}

function memory(used: number, most: number): Check {
  if (!most) {
    const next = 'Set maxmemory to what the machine can spare; at 90 % Invoq refuses new calls instead of failing.';
    return warn('redis.memory', `${bytesText(used)} used, maxmemory is not set`, next);
  }
  const part = used / most;
  const said = `${bytesText(used)} of ${bytesText(most)} used (${Math.round(part * 100)} %)`;
  const next = 'Raise maxmemory, or keep less: shorter retention, fewer dead letters.';
  if (part >= MEMORY_FAIL) return fail('redis.memory', said, next);
  return part >= MEMORY_WARN ? warn('redis.memory', said, next) : ok('redis.memory', said);
}

function appendOnly(enabled: string, lastWrite: string): Check {
  if (enabled !== '1') {
    const next = 'redis-cli CONFIG SET appendonly yes, and the same in redis.conf.';
    return warn('redis.appendonly', 'no append-only file: a crash of Redis loses accepted calls', next);
  }
  if (lastWrite !== '' && lastWrite !== 'ok') {
    return fail(
      'redis.appendonly',
      'the last write of the append-only file failed',
      "Look at Redis' log and its disk.",
    );
  }
  return ok('redis.appendonly', 'append-only file on');
}

function snapshot(status: string): Check | undefined {
  if (status === '' || status === 'ok') return undefined;
  return fail('redis.snapshot', 'the last snapshot failed', "Look at Redis' log and its disk: writes may be refused.");
}
