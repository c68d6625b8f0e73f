/** `npm start`, as a person meets it: up, down in order, and up again after whatever went wrong. */
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { http } from '../harness/http';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';
import { Installation } from './installation';

const ADD = '/v1/functions/add/invocations';
/** Of a Redis, bytes; `set`: to be so many first. */
async function maxmemory(redisUrl: string, set?: number): Promise<number> {
  const redis = new Redis(redisUrl);
  try {
    if (set !== undefined) await redis.config('SET', 'maxmemory', set);
    const [, bytes] = (await redis.config('GET', 'maxmemory')) as [string, string];
    return Number(bytes);
  } finally {
    redis.disconnect();
  }
}

const root = join(__dirname, '..', '..');

describe('an installation that is up', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await Installation.found();
  });

  test('ends its story with one line that works when it is pasted', async () => {
    const start = await installation.up();
    const line = start.lines.find((each) => each.includes('curl'))?.trim() ?? '';
    const [, path, body] = /^curl -s http:\/\/127\.0\.0\.1:\d+(\S+) .*-d '(.*)'$/.exec(line) ?? [];
    expect(path).toBe(ADD);
    const answer = await installation.http.post(path ?? '', body);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ code: 0, data: 3 });
    expect(start.lineCount).toBeLessThan(15);
    await start.stop(20_000);
  });

  test('its line works in whatever env functions are', async () => {
    const folder = writeFunctions({ 'only.js': 'exports.main = () => 7' });
    // Its readiness is heard whatever the log leaves out.
    const start = await installation.up({ INVOQ_FUNCTIONS: `staging=${folder}`, LOG_LEVEL: 'warn' });
    const line = start.lines.find((each) => each.includes('curl'))?.trim() ?? '';
    expect(JSON.parse(execFileSync('sh', ['-c', line], { encoding: 'utf8' }))).toMatchObject({ code: 0, data: 7 });
    await start.stop(20_000);
  });

  test('a worker that an operator drains for good ends, and the rest goes on', async () => {
    const start = await installation.up();
    const [{ id }] = (await installation.http.get('/v1/workers')).body.data.workers as { id: string }[];
    expect((await installation.http.post(`/v1/workers/${id}/drain`, { exit: true })).status).toBe(200);
    await start.waitForLine('it says so', (line) => (line.includes('was drained') ? line : undefined), 10_000);
    expect((await installation.http.get('/v1/workers')).body.data.workers).toEqual([]);
    expect((await installation.http.post(ADD, { data: { x: 1, y: 2 }, sync: false })).status).toBe(202);
    expect(await start.stop(20_000)).toEqual({ code: 0, signal: null });
  });

  test('stops in order on SIGTERM, leaves no process, and knows its results at the next start', async () => {
    const first = await installation.up();
    const { requestID } = (await installation.http.post(ADD, { data: { x: 20, y: 22 } })).body;
    const pids = installation.pids();
    expect(pids).toHaveLength(3);
    expect(await first.stop(20_000)).toEqual({ code: 0, signal: null });
    await installation.gone(pids);
    expect(installation.note()).toBeUndefined();

    const second = await installation.up();
    const record = await installation.http.get(`/v1/invocations/${requestID}`);
    expect(record.body.data).toMatchObject({ status: 'succeeded', result: { code: 0, data: 42 } });
    await second.stop(20_000);
  });

  test('stops on Ctrl-C too, whose echo from npm is no second signal', async () => {
    const start = await installation.up();
    start.signal('SIGINT');
    start.signal('SIGINT');
    expect(await start.exited).toEqual({ code: 0, signal: null });
    expect(start.tail(1)).toBe('- Stopped');
  });

  test('ends at once on a second signal', async () => {
    const start = await installation.up();
    const pids = installation.pids();
    // A call that holds the first signal's orderly stop up.
    const held = installation.http
      .post('/v1/functions/longReport/invocations', { data: { seconds: 4 } })
      .catch(() => undefined);
    await new Promise((done) => setTimeout(done, 300));
    start.signal('SIGTERM');
    await start.waitForLine('it is stopping', (line) => (line.includes('Stopping') ? line : undefined), 5000);
    // What comes within a second of the first belongs to it.
    await new Promise((done) => setTimeout(done, 1_200));
    const from = Date.now();
    start.signal('SIGTERM');
    expect((await start.exited).code).toBe(1);
    expect(Date.now() - from).toBeLessThan(2000);
    await installation.gone(pids);
    await held;
  });
});

describe('what goes wrong', () => {
  test('a second start on the same data is refused in one line, and harms nobody', async () => {
    const installation = await Installation.found();
    const first = await installation.up();
    const second = installation.run();
    second.mayDie();
    expect((await second.exited).code).toBe(1);
    expect(second.lines).toEqual([expect.stringContaining(`Invoq runs here already (process ${first.pid}`)]);
    expect((await installation.http.get('/readyz')).status).toBe(200);
    await first.stop(20_000);
  });

  test('a port that is taken is named, with the way to choose another', async () => {
    const installation = await Installation.found();
    const taker = await listen(installation.port);
    const start = installation.run();
    start.mayDie();
    expect((await start.exited).code).toBe(1);
    expect(start.lines).toEqual([
      expect.stringMatching(new RegExp(`^! Port ${installation.port} .*PORT=${installation.port + 1} npm start$`)),
    ]);
    await new Promise((done) => taker.close(done));
  });

  test('after kill -9 of the script the next start ends what was left, and goes on with its Redis and its data', async () => {
    const installation = await Installation.found();
    const killed = await installation.up();
    const { requestID } = (await installation.http.post(ADD, { data: { x: 1, y: 1 } })).body;
    const [api = 0, worker = 0] = installation.pids();
    const redisUrl = installation.note()?.redisUrl;
    // Full, it refuses what is new, before the system ends something.
    const memory = await maxmemory(redisUrl!);
    expect(memory).toBeGreaterThan(0);
    await maxmemory(redisUrl!, 0);
    await killed.kill();

    const start = await installation.up();
    await installation.gone([api, worker]);
    expect(installation.note()?.redisUrl).toBe(redisUrl);
    expect(await maxmemory(redisUrl!)).toBe(memory);
    expect((await installation.http.get(`/v1/invocations/${requestID}`)).body.data.result).toEqual({
      code: 0,
      data: 2,
      error: {},
    });
    const pids = installation.pids();
    await start.stop(20_000);
    await installation.gone(pids);
  });

  test.each(['api', 'worker', 'redis'] as const)(
    'when the %s dies, the rest is stopped, and it is said',
    async (which) => {
      const installation = await Installation.found();
      const start = await installation.up();
      start.mayDie();
      const pids = installation.pids();
      process.kill(pids[['api', 'worker', 'redis'].indexOf(which)] ?? 0, 'SIGKILL');
      expect((await start.exited).code).toBe(1);
      expect(start.lines.filter((line) => line.startsWith('!'))).toEqual([
        expect.stringMatching(new RegExp(`${which} ended by itself`, 'i')),
      ]);
      await installation.gone(pids);
    },
  );

  test.each(['api', 'worker'])('`npm run %s` without REDIS_URL says so in one line', async (name) => {
    const start = (await Installation.found()).run([name]);
    start.mayDie();
    expect((await start.exited).code).toBe(1);
    expect(start.lines).toEqual([expect.stringMatching(/^! REDIS_URL is not set.*REDIS_URL=redis:\/\/\S+ npm run/)]);
  });
});

test('one more worker joins by REDIS_URL, takes flags, and stops in order', async () => {
  const installation = await Installation.found();
  const start = await installation.up();
  const worker = installation.run(['worker', '--slots', 'sync=2'], { REDIS_URL: installation.note()?.redisUrl ?? '' });
  const received = await worker.waitForLine(
    'it listens',
    (line) => (line.includes('"listening"') ? line : undefined),
    30_000,
  );
  const { port, slots } = JSON.parse(received);
  expect(slots).toMatchObject({ sync: 2 });
  await until(
    'it is ready',
    async () => (await http(`http://127.0.0.1:${port}`).get('/readyz')).status === 200,
    10_000,
  );
  expect(await worker.stop(20_000)).toEqual({ code: 0, signal: null });
  await start.stop(20_000);
});

test('redis.mjs --which prints the path of a server that runs', () => {
  const path = execFileSync(process.execPath, [join(root, 'scripts/redis.mjs'), '--which'], {
    encoding: 'utf8',
    timeout: 120_000,
  }).trim();
  expect(execFileSync(path, ['--version'], { encoding: 'utf8' })).toMatch(/(Redis|Valkey) server v=([7-9]|\d\d)\./i);
});

function listen(port: number): Promise<Server> {
  return new Promise((done) => {
    const server = createServer().listen(port, '127.0.0.1', () => done(server));
  });
}
