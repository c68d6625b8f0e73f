/** `invoq doctor`: checks whatever Invoq stands on, and says what to mend. */
import { readFile } from 'node:fs/promises';
import { inheritedEnv } from '@invoq/host/inherited-env';
import { createClient } from '@invoq/client/index';
import { connectionOf } from '../connection';
import { apiChecks } from '../doctor/api';
import type { Check } from '../doctor/check';
import { diskChecks, nodeCheck } from '../doctor/machine';
import { redisChecks } from '../doctor/redis';
import { EXIT } from '../exit-codes';
import { paintStatus } from '../output/paint';
import { shown } from '../output/shown';
import type { Use } from '../use';

/** For each question to the API, ms. */
const LIMIT_MS = 10_000;

export async function run({ options, out }: Use<{ redisUrl?: string }>): Promise<number> {
  const env = inheritedEnv();
  const connection = connectionOf(options);
  const client = createClient({ ...connection, requestTimeoutMs: LIMIT_MS, retry: false });
  const [api, redis] = await Promise.all([
    apiChecks(connection, client),
    redisChecks(options.redisUrl ?? (await redisUrlOf(env)), env),
  ]);
  const checks = [nodeCheck(), ...diskChecks(env), ...redis, ...api];
  const failed = checks.some(({ state }) => state === 'fail');
  out.answer({ ok: !failed, checks }, () => checks.map((check) => textOf(check, out.paint)).join('\n'));
  return failed ? EXIT.failed : EXIT.ok;
}

async function redisUrlOf({ REDIS_URL, REDIS_URL_FILE }: ReturnType<typeof inheritedEnv>): Promise<string | undefined> {
  if (REDIS_URL) return REDIS_URL;
  return REDIS_URL_FILE ? (await readFile(REDIS_URL_FILE, 'utf8')).trim() : undefined;
}

function textOf({ name, state, message, next }: Check, paint: Parameters<typeof paintStatus>[2]): string {
  const line = `${paintStatus(state, state.padEnd(4), paint)}  ${name.padEnd(23)} ${shown(message)}`;
  return next === undefined ? line : `${line}\n      ${' '.repeat(23)} → ${shown(next)}`;
}
