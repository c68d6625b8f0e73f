/** What the calls of one env may hold is bounded in bytes: the refusal names the quota, and nobody else notices. */
import type { Redis } from 'ioredis';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const KB = 1_024;
const FUNCTIONS = {
  'echo.js': 'exports.main = () => 1',
  'fails.js': "exports.main = () => { throw new Error('no'); }",
  'waits.js': 'exports.main = (event) => new Promise((done) => setTimeout(done, event.ms))',
  'returns.js': "exports.main = () => 'r'.repeat(100_000)",
  'prints.js': "exports.main = () => { for (let i = 0; i < 100; i++) console.log('x'.repeat(1_000)); }",
};

let stack: Stack;
let redis: Redis;
beforeAll(async () => {
  stack = await startStack({
    functions: `default=${writeFunctions(FUNCTIONS)},other=${writeFunctions(FUNCTIONS)},logs=${writeFunctions(FUNCTIONS)}`,
    env: {
      INVOQ_MAX_QUEUED_BYTES: '1mb',
      INVOQ_MAX_DEAD_BYTES: '500kb',
      INVOQ_MAX_KEPT_BYTES: '300kb',
      INVOQ_MAX_BLOB_BYTES: '1mb',
      INVOQ_BLOB_LIMIT: '500kb',
    },
  });
  redis = stack.redis.client();
}, 60_000);
afterAll(() => stack.stop());

const data = (bytes: number) => ({ ms: 1, text: 'x'.repeat(bytes) });
const call = (name: string, body: object, env = 'default') =>
  stack.http.post(`/v1/functions/${name}/invocations`, body, { 'x-invoq-env': env });
const held = async (what: string, env = 'default') => Number((await redis.hget(`{invoq:0}:bytes:${what}`, env)) ?? 0);
const records = async () => (await redis.keys('{invoq:0}:inv:*')).length;

test('data that wait: 429 names the quota, small calls and other envs go on, and what ends makes room', async () => {
  const later = { data: data(300 * KB), sync: false, delayMs: 600_000 };
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const { status, body } = await call('echo', later);
    expect(status).toBe(202);
    ids.push(body.requestID);
  }
  const before = await records();
  const { status, body, headers } = await call('echo', later);
  expect([status, body.error.type, body.error.retryable, body.error.started]).toEqual([429, 'QUEUE_FULL', true, false]);
  expect(body.error.message).toContain('INVOQ_MAX_QUEUED_BYTES');
  expect(headers.ratelimit).toContain('"queued-bytes"');
  expect(headers['retry-after']).toBe('1');
  expect(await records()).toBe(before);
  expect((await call('echo', { data: data(3 * KB) })).body).toMatchObject({ code: 0, data: 1 });
  expect((await call('echo', later, 'other')).status).toBe(202);
  expect((await stack.http.post(`/v1/invocations/${ids[0]}/cancel`)).status).toBe(200);
  expect((await call('echo', later)).status).toBe(202);
  for (const id of ids.slice(1)) await stack.http.post(`/v1/invocations/${id}/cancel`);
  await until('one is left', async () => (await held('waiting')) < 310 * KB, 5_000);
});

test('what runs to its end holds nothing', async () => {
  const before = await held('waiting', 'other');
  for (let i = 0; i < 10; i++) {
    expect((await call('echo', { data: data(300 * KB) }, 'other')).body.data).toBe(1);
    const { body } = await call('echo', { data: data(300 * KB), sync: false }, 'other');
    expect(
      (await stack.http.get(`/v1/invocations/${body.requestID}?wait=20`, { 'x-invoq-env': 'other' })).body.data.status,
    ).toBe('succeeded');
  }
  expect(await held('waiting', 'other')).toBe(before);
});

test('dead letters: 503 names the quota, sync calls go on, and a purge makes room', async () => {
  const failing = { data: data(200 * KB), sync: false };
  for (let i = 0; i < 3; i++) {
    const { status, body } = await call('fails', failing, 'other');
    expect(status).toBe(202);
    await stack.http.get(`/v1/invocations/${body.requestID}?wait=20`, { 'x-invoq-env': 'other' });
  }
  const refused = await until('an async call is refused', async () => {
    const answer = await call('fails', failing, 'other');
    return answer.status === 503 ? answer : undefined;
  }, 10_000); // prettier-ignore
  expect(refused.body.error).toMatchObject({ type: 'STORE_FULL', started: false });
  expect(refused.body.error.message).toContain('INVOQ_MAX_DEAD_BYTES');
  expect((await call('echo', { data: data(200 * KB) }, 'other')).status).toBe(200);
  // A replay takes the place of its letter.
  const headers = { 'x-invoq-env': 'other' };
  const { body } = await stack.http.post('/v1/functions/fails/dead-letters/replay', {}, headers);
  expect(body.data.replays.filter(({ requestID }: { requestID?: string }) => requestID).length).toBeGreaterThan(0);
  await until('all have failed again', async () => (await held('dead', 'other')) >= 600 * KB, 20_000);
  await stack.http.request('/v1/functions/fails/dead-letters', { method: 'DELETE', headers });
  expect(await held('dead', 'other')).toBe(0);
  expect(await redis.hlen('{invoq:0}:bytes:dead')).toBe(0);
  await until('there is room', async () => (await call('fails', failing, 'other')).status === 202, 10_000);
});

test('logs beyond the quota are cut to their last lines; results are kept whole, and new work is refused', async () => {
  const headers = { 'x-invoq-env': 'logs' };
  const logsOf = async (id: string) => (await stack.http.get(`/v1/invocations/${id}/logs`, headers)).text;
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { status, body } = await call('prints', { data: {}, sync: false }, 'logs');
    expect(status).toBe(202);
    expect((await stack.http.get(`/v1/invocations/${body.requestID}?wait=20`, headers)).body.data.status).toBe(
      'succeeded',
    );
    ids.push(body.requestID);
  }
  expect(Number(await redis.hget('{invoq:0}:bytes:kept:logs', 'total'))).toBeLessThan(310 * KB);
  expect((await logsOf(ids[0])).length).toBeGreaterThan(100_000);
  expect((await logsOf(ids[4])).length).toBeLessThan(4 * KB);
  expect(await logsOf(ids[4])).toContain('xxx');
  const refused = await until('a call is refused', async () => {
    const answer = await call('returns', { data: {} }, 'logs');
    return answer.status === 503 ? answer.body : undefined;
  }, 20_000); // prettier-ignore
  expect(refused.error).toMatchObject({ type: 'STORE_FULL', started: false });
  expect(refused.error.message).toContain('INVOQ_MAX_KEPT_BYTES');
  expect((await call('echo', { data: {} })).status).toBe(200);
});

test('before Redis is full new work is refused, and what is under way ends with its logs', async () => {
  const { body } = await call('waits', { data: { ms: 3_000 }, sync: false });
  await until(
    'it runs',
    async () => (await stack.http.get(`/v1/invocations/${body.requestID}`)).body.data.status === 'running',
    10_000,
  );
  const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
  // 95 %: Redis itself would still take it.
  await redis.config('SET', 'maxmemory', Math.round(used / 0.95));
  const refused = await until('a call is refused', async () => {
    const answer = await call('echo', { data: {} });
    return answer.status === 503 && answer.body;
  }, 10_000); // prettier-ignore
  expect(refused.error).toMatchObject({ type: 'STORE_FULL', started: false, retryable: true });
  expect(refused.error.message).toContain('INVOQ_STORE_FULL_AT');
  const schedule = { function: 'echo', cron: '0 0 1 1 *' };
  const put = await stack.http.request('/v1/schedules/s', { method: 'PUT', body: schedule });
  expect([put.status, put.body.error.type]).toEqual([503, 'STORE_FULL']);
  expect((await stack.http.get(`/v1/invocations/${body.requestID}?wait=20`)).body.data.status).toBe('succeeded');
  await redis.config('SET', 'maxmemory', 0);
  await until('calls are taken', async () => (await call('echo', { data: {} })).status === 200, 10_000);
});

describe('uploads', () => {
  const upload = (bytes: number, env: string) =>
    fetch(`${stack.url}/v1/blobs`, { method: 'POST', body: new Uint8Array(bytes), headers: { 'x-invoq-env': env } });
  const kept = async (env: string) => Number((await redis.hget(`{invoq:blobs}:bytes:${env}`, 'total')) ?? 0);

  test('beyond the quota of the env they are refused before their body is kept, and others go on', async () => {
    for (let i = 0; i < 2; i++) expect((await upload(400 * KB, 'default')).status).toBe(201);
    expect(await kept('default')).toBe(800 * KB);
    const refused = await upload(400 * KB, 'default');
    const { error } = (await refused.json()) as { error: { type: string; message: string; started: boolean } };
    expect([refused.status, error.type, error.started]).toEqual([503, 'STORE_FULL', false]);
    expect(error.message).toContain('INVOQ_MAX_BLOB_BYTES');
    expect((await upload(400 * KB, 'other')).status).toBe(201);
    expect((await upload(100 * KB, 'default')).status).toBe(201);
    expect(await kept('default')).toBe(900 * KB);
  });

  test('one that its caller gives up takes no room', async () => {
    const before = await kept('other');
    const broken = new AbortController();
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(new Uint8Array(KB)),
    });
    const headers = { 'x-invoq-env': 'other', 'content-type': 'text/plain' };
    const asked = fetch(`${stack.url}/v1/blobs`, {
      method: 'POST', body, headers, signal: broken.signal, duplex: 'half',
    }); // prettier-ignore
    // Of an upload of unknown length the longest that may come is taken.
    await until('room is taken', async () => (await kept('other')) === before + 500 * KB, 10_000);
    broken.abort();
    await expect(asked).rejects.toThrow();
    await until('it is given back', async () => (await kept('other')) === before, 10_000);
  });
});
