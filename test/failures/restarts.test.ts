/** Processes that go and come: in turn under load, without Redis, in a hurry; and those that must not start at all. */
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type App, spawnApp } from '../harness/app';
import { type RedisServer, startRedis } from '../harness/redis-server';
import { scratchDir } from '../harness/scratch';
import { until, within } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';
import { ALWAYS } from './outage';
import { Stand } from './stand';

const GRACE_MS = 5_000;
const ROUNDS = process.env.INVOQ_NIGHTLY ? 20 : 4;

async function gone(app: App, from: number): Promise<number> {
  await within(`${app.process.name} is gone`, app.process.exited, GRACE_MS + 10_000);
  return Date.now() - from;
}

test('a rolling restart under load: every call of a caller that tries the next API succeeds, and runs once', async () => {
  const stand = await Stand.start({ apis: 2, workers: 2, slots: 'sync=4,async=4,nested=0' });
  let over = false;
  let calls = 0;
  let again = 0;
  const failed: string[] = [];
  const callers = Array.from({ length: 6 }, async (_, who) => {
    for (let n = 0; !over; n++) {
      const options = { sync: who % 3 !== 0, key: `${who}-${n}` };
      calls++;
      for (let tries = 0; ; tries++) {
        const urls = stand.apis.map(({ url }) => url);
        const reply = await stand.caller.call(urls[(who + tries) % urls.length], 'takes', { ms: 15, n }, options);
        if (reply?.status === 200 || reply?.status === 202) break;
        again++;
        if (tries > 20 || (reply && reply.body.error?.retryable !== true)) {
          failed.push(reply?.text ?? 'the connection broke 20 times');
          break;
        }
      }
    }
  });
  const exits: (number | null)[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const from = Date.now();
    const old = round % 2 ? stand.workers[0] : stand.apis[0];
    if (round % 2) await stand.addWorker();
    else await stand.addApi();
    exits.push((await old.stop()).code);
    await sleep(Math.max(0, (process.env.INVOQ_NIGHTLY ? 3_000 : 1_500) - (Date.now() - from)));
  }
  over = true;
  await Promise.all(callers);
  expect(failed).toEqual([]);
  expect(exits).toEqual(exits.map(() => 0));
  await stand.verdict(
    `${ROUNDS} processes replaced under load: ${calls} calls, none failed, ${again} were sent again`,
    {
      starts: { async: 1 },
    },
  );
}, 300_000);

test('SIGTERM while Redis is away, with runs under way: gone within the grace and 2 s', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, slots: 'sync=2,async=2,nested=0' });
  const calls = [stand.caller.async('takes', { ms: 60_000, n: 1 }), stand.caller.sync('takes', { ms: 4_000, n: 2 })];
  await until('both run', () => stand.starts.read().length === 2, 5_000);
  await stand.redis.kill();
  const from = Date.now();
  const apps = [...stand.apis, ...stand.workers];
  for (const { process } of apps) process.signal('SIGTERM');
  const took = await Promise.all(apps.map((app) => gone(app, from)));
  expect(Math.max(...took)).toBeLessThan(GRACE_MS + 2_000 + 500);
  await Promise.all(calls);
  await stand.redis.start();
  await stand.addApi();
  await stand.addWorker();
  const id = (await calls[0])!.body.requestID as string;
  await until('the async call runs again', () => stand.starts.of(id).length === 2, 20_000);
  await stand.stack.apis.at(-1)!.http.post(`/v1/invocations/${id}/cancel`);
  await stand.verdict(`SIGTERM while Redis was away: gone after ${took.join(' and ')} ms; the run went on elsewhere`);
}, 90_000);

test('SIGTERM with runs that outlast the grace: they are left to another worker at once', async () => {
  const stand = await Stand.start({ slots: 'sync=1,async=2,nested=0', env: { INVOQ_GRACE: '1s' } });
  const reply = await stand.caller.async('staysFirst', { times: 1 });
  const id = reply?.body.requestID as string;
  await until('it runs', () => stand.starts.of(id).length === 1, 5_000);
  const [first] = stand.workers;
  await stand.addWorker();
  const from = Date.now();
  await first.stop();
  const goneMs = Date.now() - from;
  expect(goneMs).toBeLessThan(1_000 + 2_000 + 500);
  await until('it ran elsewhere', async () => (await stand.statusOf(id)) === 'succeeded', 6_000);
  await stand.verdict(
    `a worker gone ${goneMs} ms after SIGTERM with a run of two minutes: done elsewhere ${Date.now() - from} ms after it`,
  );
}, 60_000);

test('a second SIGTERM ends a process at once, whatever it does', async () => {
  const stand = await Stand.start({ slots: 'sync=1,async=1,nested=0' });
  const waiting = stand.caller.sync('takes', { ms: 4_500, n: 1 });
  await until('it runs', () => stand.starts.read().length === 1, 5_000);
  for (const app of [...stand.apis, ...stand.workers]) {
    app.process.signal('SIGTERM');
    await app.process.waitForLine(
      'it shuts down',
      (line) => (line.includes('shutting down') ? true : undefined),
      3_000,
    );
    // What comes within a second of the first belongs to it.
    await sleep(1_200);
    const from = Date.now();
    app.process.signal('SIGTERM');
    expect(await gone(app, from)).toBeLessThan(1_000);
    expect(app.process.exit?.code).toBe(1);
  }
  expect(await waiting).toBeUndefined();
  await stand.addApi();
  await stand.addWorker();
  await stand.verdict('a second SIGTERM: gone at once; the call is lost, and told so', { settleMs: 30_000 });
}, 60_000);

describe('a bad start ends with one clear line, and not with 0', () => {
  let redis: RedisServer;
  let taken: number;
  const occupant = createServer();
  const GOOD = { 'fine.js': 'exports.main = () => 1' };

  beforeAll(async () => {
    redis = await startRedis();
    await new Promise<void>((done) => occupant.listen(0, '127.0.0.1', done));
    taken = (occupant.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((done) => occupant.close(done)));

  const start = async (
    name: 'api' | 'worker',
    env: Record<string, string>,
  ): Promise<{ code: number | null; lines: string[] }> => {
    const functions = writeFunctions(GOOD);
    const child = spawnApp(name, { REDIS_URL: redis.url, PORT: '0', INVOQ_FUNCTIONS: functions, ...env });
    const { code } = await within('its end', child.exited, 30_000);
    return { code, lines: child.lines.filter((line) => !line.startsWith('{"level":"info"')) };
  };

  test.each(['api', 'worker'] as const)('%s: a Redis that evicts', async (name) => {
    const evicting = await startRedis({ config: { 'maxmemory-policy': 'allkeys-lru' } });
    const { code, lines } = await start(name, { REDIS_URL: evicting.url });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringContaining('noeviction')]);
  });

  test('api: a key without a secret', async () => {
    const file = join(scratchDir('keys'), 'keys.json');
    writeFileSync(file, JSON.stringify({ keys: [{ id: 'me', envs: ['default'], scopes: ['invoke'] }] }));
    const { code, lines } = await start('api', { INVOQ_KEYS_FILE: file });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringContaining('keys[0].secret')]);
  });

  test('api and worker: a port that is taken', async () => {
    for (const [name, env] of [
      ['api', { PORT: String(taken) }],
      ['worker', { WORKER_PORT: String(taken) }],
    ] as const) {
      const { code, lines } = await start(name, env);
      expect(code).toBe(1);
      expect(lines).toEqual([expect.stringMatching(new RegExp(`EADDRINUSE.*${taken}`))]);
    }
  });

  test('worker: functions that cannot be read', async () => {
    const file = join(scratchDir('no-folder'), 'file');
    writeFileSync(file, '');
    const closed = scratchDir('closed');
    chmodSync(closed, 0);
    // Nothing is closed to root.
    const places = process.getuid?.() === 0 ? [file, '/nowhere/at-all'] : [file, '/nowhere/at-all', closed];
    for (const place of places) {
      const { code, lines } = await start('worker', { INVOQ_FUNCTIONS: place });
      expect(code).toBe(1);
      expect(lines).toEqual([expect.stringContaining(place)]);
    }
  });

  test('worker: a Redis that is not there', async () => {
    const { code, lines } = await start('worker', { REDIS_URL: `redis://127.0.0.1:${taken + 1}` });
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringContaining('Redis is not there yet'),
      expect.stringContaining('Redis did not answer'),
    ]);
  });

  test('worker: a function with a syntax error refuses only itself', async () => {
    const stand = await Stand.start({ functions: () => ({ 'broken.js': 'exports.main = () => {', ...GOOD }) });
    const broken = await stand.caller.sync('broken');
    expect(broken?.body).toMatchObject({
      code: 1,
      error: { type: 'FUNCTION_ERROR', message: expect.stringContaining('broken.js') },
    });
    expect((await stand.caller.sync('adds', { x: 1, y: 1 }))?.body.data).toBe(2);
    await stand.verdict('a function with a syntax error');
  });
});
