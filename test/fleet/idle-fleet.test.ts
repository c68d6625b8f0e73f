/** A fleet in which nothing happens asks Redis for little, and what becomes due in it is on time all the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Receiver, startReceiver } from '../harness/receiver';
import type { RedisServer } from '../harness/redis-server';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';

/** Commands a second of one API and one worker, those inside scripts counted. */
const MOST = 20;
/** They are counted for so long, ms. */
const WINDOW_MS = 8_000;
/** After the start, or after the last call, until the fleet is at rest, ms. */
const REST_LIMIT_MS = 60_000;
/** Longer than anything written is remembered as activity, ms. */
const LATER_MS = 13_000;
/** What is due may be found so much later on a busy machine, ms; the safety net would find it after up to 30 s. */
const LATE_MS = 3_000;
/** A lease, the suspicion that follows it, and as much for a busy machine, ms. */
const FOUND_DEAD_MS = 16_000;

const FUNCTIONS = {
  'when.js': 'exports.main = async () => Date.now();',
  'twice.js': `exports.main = async (event, context) => {
    if (context.attempt === 1) throw new Error(String(Date.now()));
    return Date.now();
  };`,
  'staysFirst.js': `exports.main = async (event, context) => {
    if (context.attempt === 1) await new Promise((resolve) => setTimeout(resolve, 60_000));
    return Date.now();
  };`,
};

let one: Stack;
let many: Stack;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver({
    answer: (response, _, n) =>
      void response.writeHead(n === 1 ? 503 : 204, { 'retry-after': String(LATER_MS / 1_000) }).end(),
  });
  [one, many] = await Promise.all([
    startStack({ functions: FUNCTIONS }),
    startStack({ functions: FUNCTIONS, env: { INVOQ_PARTITIONS: '16', INVOQ_CALLBACK_ALLOW: '127.0.0.1' } }),
  ]);
}, 60_000);

async function commandsOf(redis: RedisServer): Promise<Map<string, number>> {
  const text = await redis.client().info('commandstats');
  return new Map([...text.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(([, name, calls]) => [name, Number(calls)]));
}

/** Commands a second, by name, most first. */
async function paceOf(redis: RedisServer): Promise<{ all: number; byName: string }> {
  const before = await commandsOf(redis);
  await sleep(WINDOW_MS);
  const after = await commandsOf(redis);
  const paces = [...after].map(
    ([name, calls]) => [name, (1_000 * (calls - (before.get(name) ?? 0))) / WINDOW_MS] as const,
  );
  const some = paces.filter(([, pace]) => pace > 0).sort(([, a], [, b]) => b - a);
  return {
    all: some.reduce((sum, [, pace]) => sum + pace, 0),
    byName: some.map(([name, pace]) => `${name} ${pace.toFixed(1)}`).join(', '),
  };
}

/** Resolves when it is at rest; rejects with what it was asked when it never is. */
async function isAtRest(stack: Stack): Promise<void> {
  await until(
    `at most ${MOST} commands a second`,
    async () => {
      const { all, byName } = await paceOf(stack.redis);
      if (all > MOST) throw new Error(`${all.toFixed(1)} a second: ${byName}`);
      return true;
    },
    REST_LIMIT_MS,
  );
}

async function submit(name: string, more: object = {}): Promise<string> {
  const { status, body } = await many.http.post(`/v1/functions/${name}/invocations`, { sync: false, ...more });
  expect(status).toBe(202);
  return body.requestID as string;
}

/** Of an async call that has ended well: its result. */
function resultOf(requestID: string, withinMs: number): Promise<number> {
  return until(
    `${requestID} has succeeded`,
    async () => {
      const { body } = await many.http.get(`/v1/invocations/${requestID}`);
      return body.data.status === 'succeeded' ? (body.data.result.data as number) : undefined;
    },
    withinMs,
  );
}

it('asks for at most 20 commands a second, at 1 partition and at 16', async () => {
  await Promise.all([isAtRest(one), isAtRest(many)]);
}, 90_000);

it('what comes first, or becomes due later, is on time, and a dead worker is found as soon as its lease is over', async () => {
  const beganAt = Date.now();
  const first = await many.http.post('/v1/functions/when/invocations', { sync: true });
  expect(first.status).toBe(200);
  expect(Date.now() - beganAt).toBeLessThan(LATE_MS);
  expect((await resultOf(await submit('when'), LATE_MS)) - beganAt).toBeLessThan(2 * LATE_MS);

  const at = Date.now();
  const delayed = await submit('when', { delayMs: LATER_MS });
  const retried = await submit('twice', { retry: { attempts: 2, backoffMs: LATER_MS } });
  const calledBack = await submit('when', { callback: { url: receiver.url } });
  const found = await foundAfterDeath(calledBack);
  const [startedAt, triedAgainAt] = await Promise.all([
    resultOf(delayed, LATER_MS + LATE_MS),
    resultOf(retried, 2 * LATER_MS),
    until('the callback is delivered again', () => receiver.received.length === 2, 2 * LATER_MS),
  ]);
  expect(startedAt - at).toBeGreaterThanOrEqual(LATER_MS - 50);
  expect(startedAt - at).toBeLessThan(LATER_MS + LATE_MS);
  // A pause between attempts is spread a little.
  expect(triedAgainAt - at).toBeLessThan(1.2 * LATER_MS + LATE_MS);
  const [refused, taken] = receiver.received;
  expect(taken.at - refused.at).toBeLessThan(1.2 * LATER_MS + LATE_MS);
  expect(await found()).toBeLessThan(FOUND_DEAD_MS);
}, 90_000);

/** Once a callback was refused, kills the worker under a call, and answers how to wait for its next start, ms after the death. */
async function foundAfterDeath(calledBack: string): Promise<() => Promise<number>> {
  const [dying] = many.workers;
  const running = await submit('staysFirst');
  const status = async () => (await many.http.get(`/v1/invocations/${running}`)).body.data.status;
  await until('it runs', async () => (await status()) === 'running', 10_000);
  await until(
    'the callback was refused',
    async () => {
      if (receiver.received.length === 1) return true;
      const { status: now, callback } = (await many.http.get(`/v1/invocations/${calledBack}`)).body.data;
      throw new Error(`${receiver.received.length} received, the call is ${now}: ${JSON.stringify(callback)}`);
    },
    10_000,
  );
  await many.addWorker();
  const diedAt = Date.now();
  await dying.process.kill();
  return async () => (await resultOf(running, FOUND_DEAD_MS)) - diedAt;
}
