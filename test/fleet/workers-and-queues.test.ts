/** What operators are told of workers and queues: by heartbeats, and by what their key may see. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@invoq/client/client';
import { scratchDir } from '../harness/scratch';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';
import { writeFunctions } from '../harness/write-functions';

const LIMIT_MS = 20_000;
const WAITS = 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, 1));';

let stack: Stack;

const key = (id: string, envs: string[], scopes: string[]) => ({
  id,
  secret: 'a-secret-of-sixteen-or-more',
  envs,
  scopes,
});
const as = (id: string) => ({ authorization: `Bearer ${id}.a-secret-of-sixteen-or-more` });

beforeAll(async () => {
  const keys = join(scratchDir('keys'), 'keys.json');
  const all = [
    key('all', ['*'], ['invoke', 'read', 'admin']),
    key('prod', ['prod'], ['invoke', 'read']),
    key('staging', ['staging'], ['read']),
    key('other', ['other'], ['read']),
    key('blind', ['prod'], ['invoke']),
  ];
  writeFileSync(keys, JSON.stringify({ keys: all }));
  stack = await startStack({ env: { INVOQ_KEYS_FILE: keys }, workers: 0 });
  const prod = writeFunctions({ 'waits.js': WAITS, 'add.js': WAITS });
  const staging = writeFunctions({ 'waits.js': WAITS, 'functions.json': { queue: 'slow' } });
  await stack.addWorker({ INVOQ_FUNCTIONS: `prod=${prod}`, INVOQ_SLOTS: 'sync=2,async=1,nested=1' });
  await stack.addWorker({ INVOQ_FUNCTIONS: `staging=${staging}`, INVOQ_QUEUES: 'slow' });
}, 90_000);

afterAll(() => stack.stop(), 60_000);

const get = async (path: string, id: string) => (await stack.http.get(path, as(id))).body;

it('lists the living workers: who, where, which release, what they serve and what is busy', async () => {
  const { workers } = (await get('/v1/workers?include=functions', 'all')).data;
  expect(workers).toHaveLength(2);
  const prod = workers.find(({ queues }: { queues: string[] }) => queues.includes('default'));
  expect(prod).toMatchObject({
    pid: stack.workers[0].process.pid,
    release: expect.stringMatching(/^\d+\.\d+\.\d+/),
    format: 3,
    slots: { sync: 2, async: 1, nested: 1 },
    busy: [],
    state: 'ready',
    functionCount: 2,
    functions: ['prod/add', 'prod/waits'],
  });
  expect(prod.sandboxes).toBeGreaterThan(0);
  expect(prod.memoryMb).toBeGreaterThan(0);
  expect(Date.parse(prod.seenAt)).toBeGreaterThanOrEqual(Date.parse(prod.since));
});

it('counts what waits and runs by lane', async () => {
  const submit = () =>
    stack.http.post('/v1/functions/waits/invocations', { data: { ms: 6_000 }, sync: false }, as('prod'));
  for (let n = 0; n < 3; n++) expect((await submit()).status).toBe(202);
  const lane = await until(
    'one runs and two wait',
    async () => {
      const { queues } = (await get('/v1/queues', 'all')).data;
      const found = queues.find(({ queue }: { queue: string }) => queue === 'default');
      const async = found.lanes.find((one: { lane: string }) => one.lane === 'async');
      return async.running === 1 && async.depth === 2 ? async : undefined;
    },
    LIMIT_MS,
  );
  expect(lane).toEqual({
    lane: 'async',
    depth: 2,
    held: 0,
    oldestAgeMs: expect.any(Number),
    running: 1,
    slots: 1,
    workers: 1,
  });
}, 60_000);

it('shows a key for single envs its own alone, and no counts of all envs together', async () => {
  const { workers } = (await get('/v1/workers?include=functions', 'staging')).data;
  expect(workers).toHaveLength(1);
  expect(workers[0]).toMatchObject({ queues: ['slow'], functions: ['staging/waits'], functionCount: 1 });
  for (const field of ['busy', 'sandboxes', 'memoryMb']) expect(workers[0]).not.toHaveProperty(field);
  const { queues } = (await get('/v1/queues', 'staging')).data;
  expect(queues.map(({ queue }: { queue: string }) => queue)).toEqual(['slow']);
  expect(queues[0].lanes[0]).toEqual({ lane: 'sync', depth: 0, held: 0, oldestAgeMs: 0, slots: 8, workers: 1 });
  expect((await get('/v1/workers', 'other')).data).toEqual({ workers: [] });
  expect((await get('/v1/queues', 'other')).data).toEqual({ queues: [] });
});

it('refuses keys without the scope', async () => {
  for (const path of ['/v1/workers', '/v1/queues']) {
    expect(await get(path, 'blind')).toMatchObject({ code: 403, error: { type: 'FORBIDDEN' } });
    expect((await stack.http.get(path)).status).toBe(401);
  }
  const forget = await stack.http.request('/v1/functions/waits', { method: 'DELETE', headers: as('prod') });
  expect(forget.body).toMatchObject({ code: 403, error: { type: 'FORBIDDEN' } });
});

it('a worker that drains says so, and is gone from the list when it has ended', async () => {
  const stopping = stack.workers.pop()!;
  await stopping.stop();
  const { workers } = (await get('/v1/workers', 'all')).data;
  expect(workers).toHaveLength(1);
}, 60_000);

it('the client reads the same', async () => {
  const client = createClient({ url: stack.url, key: 'all.a-secret-of-sixteen-or-more' });
  const [worker] = await client.workers.list({ functions: true });
  expect(worker).toMatchObject({ state: 'ready', functions: ['prod/add', 'prod/waits'] });
  const queues = await client.queues.list();
  expect(queues.map(({ queue }) => queue)).toContain('default');
  await expect(client.functions.forget('nothing', { env: 'prod' })).rejects.toMatchObject({
    type: 'FUNCTION_NOT_FOUND',
  });
});
