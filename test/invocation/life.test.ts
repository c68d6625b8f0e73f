/** How the processes live: ready or not, draining, refusing to start, serving what has changed. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnApp } from '../harness/app';
import { startRedis } from '../harness/redis-server';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until, within } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';
import { FUNCTIONS } from './functions';

describe('a running stack', () => {
  const dir = writeFunctions(FUNCTIONS);
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ functions: dir });
  }, 60_000);
  afterAll(() => stack.stop());
  const call = (name: string, body: object = {}) => stack.http.post(`/v1/functions/${name}/invocations`, body);

  it('is alive and ready, API and worker', async () => {
    for (const app of [stack.apis[0], stack.workers[0]]) {
      expect((await app.http.get('/livez')).body).toEqual({ status: 'ok' });
      expect((await app.http.get('/readyz')).body).toMatchObject({
        status: 'ok',
        details: { store: { status: 'up' } },
      });
    }
  });

  it('is not ready while Redis is full or read-only, and says why', async () => {
    const redis = stack.redis.client();
    await redis.config('SET', 'maxmemory', '1mb');
    const full = await stack.http.get('/readyz');
    const refused = await call('add', { data: { x: 1, y: 2 } });
    await redis.config('SET', 'maxmemory', '0');
    expect(full.status).toBe(503);
    expect(JSON.stringify(full.body)).toContain('full');
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ code: 503, error: { type: 'STORE_FULL', retryable: true, started: false } });
    expect(refused.headers['retry-after']).toBeDefined();
    await until('it is ready again', async () => (await stack.http.get('/readyz')).status === 200, 5_000);
    expect((await call('add', { data: { x: 1, y: 2 } })).body).toMatchObject({ code: 0, data: 3 });
  });

  it('describes itself', async () => {
    expect((await stack.http.get('/docs')).text).toContain('swagger');
    const { body } = await stack.http.get('/docs-json');
    const invoke = body.paths['/v1/functions/{name}/invocations'].post;
    expect(Object.keys(invoke.responses).map(Number)).toEqual([
      200, 202, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504,
    ]);
    expect(body.paths['/v1/invocations/{requestID}'].get.summary).toContain('how an invocation stands');
    expect(Object.keys(body.components.schemas.InvokeDto.properties).sort()).toEqual(
      [
        'data',
        'sync',
        'timeoutMs',
        'onTimeout',
        'priority',
        'retry',
        'delayMs',
        'runAt',
        'callback',
        'tags',
        'user',
      ].sort(),
    );
  });

  it('serves a changed file at the next call, a new one soon, and a removed one no more', async () => {
    const file = join(dir, 'fresh.js');
    writeFileSync(file, 'exports.main = () => 1');
    await until('it is there', async () => (await call('fresh')).body.data === 1, 10_000);
    for (let version = 2; version <= 4; version++) {
      writeFileSync(file, `exports.main = () => ${version} // ${'x'.repeat(version)}`);
      expect((await call('fresh')).body.data).toBe(version);
    }
    writeFileSync(file, 'exports.main = () => {');
    // It does not load: the version before answers.
    expect((await call('fresh')).body).toMatchObject({ code: 0, data: 4 });
    expect((await call('add', { data: { x: 1, y: 2 } })).body.data).toBe(3);
    rmSync(file);
    // It stays known: another worker may serve it again. Nothing of it runs.
    const gone = async () => (await call('fresh', { timeoutMs: 500 })).body.error;
    await until('it is gone', async () => (await gone()).type === 'EXPIRED', 10_000);
    expect(await gone()).toMatchObject({ started: false });
  });

  it('logs one line for each invocation that ended, with its requestID', async () => {
    const { requestID } = (await call('add', { data: { x: 1, y: 2 } })).body;
    const said = (): string[] => stack.workers[0].process.lines.filter((text) => text.includes(requestID));
    await until('the line', () => said().length > 0, 5_000);
    expect(said()).toHaveLength(1);
    expect(JSON.parse(said()[0])).toMatchObject({
      requestID,
      function: 'add',
      outcome: 'succeeded',
      code: 0,
      attempt: 1,
    });
  });
});

it('drains on SIGTERM: what runs ends, what waits is answered, then both are gone', async () => {
  const stack = await startStack({ functions: FUNCTIONS });
  const waiting = stack.http.post('/v1/functions/waits/invocations', { data: { ms: 2_000 } });
  await until(
    'it runs',
    async () => (await stack.workers[0].http.get('/metrics')).text.includes('state="busy",app="worker"} 1'),
    5_000,
  );
  const exits = Promise.all([stack.apis[0].stop(), stack.workers[0].stop()]);
  const { status, body } = await waiting;
  expect(status).toBe(200);
  expect(body).toMatchObject({ code: 0, data: 2_000 });
  expect((await exits).map(({ code }) => code)).toEqual([0, 0]);
  await stack.stop();
}, 60_000);

describe('a bad start ends with one clear line', () => {
  const cases: ['api' | 'worker', string, Record<string, string>, string[], RegExp[]][] = [
    [
      'api',
      'settings at fault, all told',
      { PORT: 'x', INVOQ_RATE: '-1' },
      ['--nope'],
      [/PORT=x/, /INVOQ_RATE=-1/, /--nope/],
    ],
    ['api', 'beyond loopback without keys', { HOST: '0.0.0.0' }, [], [/INVOQ_KEYS_FILE/]],
    ['api', 'a keys file that is not there', { INVOQ_KEYS_FILE: '/nowhere/keys.json' }, [], [/nowhere/]],
    ['worker', 'a functions directory that is not there', { INVOQ_FUNCTIONS: '/nowhere' }, [], [/nowhere/]],
    ['worker', 'functions that are no directories', { INVOQ_FUNCTIONS: 'a=b,a=c' }, [], [/INVOQ_FUNCTIONS/]],
  ];
  let url: string;
  beforeAll(async () => {
    url = (await startRedis()).url;
  });

  it.each(cases)('%s: %s', async (app, _, env, args, said) => {
    const child = spawnApp(app, { REDIS_URL: url, PORT: '0', INVOQ_DATA: scratchDir('data'), ...env }, args);
    const exit = await within('its end', child.exited, 30_000);
    expect(exit.code).toBe(1);
    const output = child.lines.join('\n');
    for (const pattern of said) expect(output).toMatch(pattern);
    expect(output).not.toContain('    at ');
  });

  it.each(['api', 'worker'] as const)('%s: a Redis that may evict', async (app) => {
    const redis = await startRedis({ config: { 'maxmemory-policy': 'allkeys-lru' } });
    const child = spawnApp(app, { REDIS_URL: redis.url, PORT: '0', INVOQ_FUNCTIONS: writeFunctions(FUNCTIONS) });
    expect((await within('its end', child.exited, 30_000)).code).toBe(1);
    expect(child.lines.join('\n')).toContain('noeviction');
  });

  it.each(['api', 'worker'] as const)('%s: --help is no fault', async (app) => {
    const child = spawnApp(app, {}, ['--help']);
    expect((await within('its end', child.exited, 30_000)).code).toBe(0);
    expect(child.lines.join('\n')).toMatch(/REDIS_URL .*redis:\/\/127\.0\.0\.1:6379/);
  });
});
