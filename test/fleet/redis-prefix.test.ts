/** Two installations on one Redis, told apart by INVOQ_REDIS_PREFIX alone: neither sees what the other has. */
import { type RedisServer, startRedis } from '../harness/redis-server';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const LIMIT_MS = 20_000;
/** Longer than any wait here: what is cancelled sooner was told by its channel. */
const ENV = { INVOQ_LEASE: '120s', INVOQ_RATE: '1000/1s', INVOQ_CALLBACK_ALLOW: '127.0.0.1' };

let redis: RedisServer;
let plain: Stack;
let staging: Stack;

const files = (name: string): Record<string, string> => ({
  'who.js': `exports.main = () => '${name}'`,
  'hangs.js': 'exports.main = () => new Promise((resolve) => setTimeout(resolve, 100_000))',
  [`only-${name}.js`]: `exports.main = () => '${name}'`,
});

beforeAll(async () => {
  redis = await startRedis();
  plain = await startStack({ redis, functions: files('plain'), env: ENV });
  staging = await startStack({ redis, functions: files('staging'), env: { ...ENV, INVOQ_REDIS_PREFIX: 'staging' } });
}, 60_000);

const stacks = (): [string, Stack, Stack][] => [
  ['plain', plain, staging],
  ['staging', staging, plain],
];
const submit = async (stack: Stack, name: string, more: object = {}): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, { sync: false, ...more })).body.requestID;
const read = (stack: Stack, id: string, query = '') => stack.http.get(`/v1/invocations/${id}${query}`);

it('runs each call, sync and async, at its own workers', async () => {
  for (const [name, stack] of stacks()) {
    const calls = Array.from({ length: 20 }, () => stack.http.post('/v1/functions/who/invocations', {}));
    expect(new Set((await Promise.all(calls)).map(({ body }) => body.data))).toEqual(new Set([name]));
    const ids = await Promise.all(Array.from({ length: 20 }, () => submit(stack, 'who')));
    const ends = await Promise.all(ids.map((id) => read(stack, id, '?wait=20')));
    expect(new Set(ends.map(({ body }) => body.data.result.data))).toEqual(new Set([name]));
  }
});

it("shows nobody another installation's functions, calls or schedules", async () => {
  for (const [name, stack, other] of stacks()) {
    const list = (await stack.http.get('/v1/functions')).body.data.functions as { name: string }[];
    expect(list.map((each) => each.name).sort()).toEqual(['hangs', `only-${name}`, 'who']);
    const id = await submit(stack, 'who');
    expect((await read(stack, id)).status).toBe(200);
    expect((await read(other, id)).status).toBe(404);
    const body = { function: 'who', cron: '0 0 1 1 *' };
    expect((await stack.http.request(`/v1/schedules/of-${name}`, { method: 'PUT', body })).status).toBeLessThan(300);
    expect((await other.http.get(`/v1/schedules/of-${name}`)).status).toBe(404);
  }
});

it('stops a run by its own channel', async () => {
  for (const [, stack] of stacks()) {
    const id = await submit(stack, 'hangs');
    await until('it runs', async () => (await read(stack, id)).body.data.status === 'running', LIMIT_MS);
    expect((await stack.http.post(`/v1/invocations/${id}/cancel`)).status).toBe(202);
    expect((await read(stack, id, '?wait=20')).body.data.status).toBe('cancelled');
  }
});

it('names every key and every channel by its prefix', async () => {
  const client = redis.client();
  const keys = await client.keys('*');
  const strange = keys.filter((key) => !/^\{(staging:)?invoq:\w+\}:/.test(key));
  expect(strange).toEqual([]);
  // BullMQ's, too.
  expect(keys.some((key) => key.startsWith('{staging:invoq:0}:default.async:'))).toBe(true);
  const channels = (await client.pubsub('CHANNELS')) as string[];
  expect(channels.map((name) => name.replace(/:[^:]*$/, '')).sort()).toEqual([
    'invoq:reply',
    'invoq:worker',
    'staging:invoq:reply',
    'staging:invoq:worker',
  ]);
});

it('leaves the one alone when the other is thrown away', async () => {
  const client = redis.client();
  const theirs = await client.keys('{staging:invoq:*}:*');
  await client.del(...theirs);
  const { body } = await plain.http.post('/v1/functions/only-plain/invocations', {});
  expect(body.data).toBe('plain');
});
