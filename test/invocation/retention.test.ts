/** What has ended is kept for as long as was promised, and then it is gone, from Redis too. */
import type { Redis } from 'ioredis';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

let stack: Stack;
let redis: Redis;
beforeAll(async () => {
  stack = await startStack({
    functions: {
      'brief.js': "exports.main = () => { console.log('a line'); return 1 }",
      'usual.js': 'exports.main = () => 1',
      'tries.js':
        "exports.main = (event, context) => { console.log('a line'); if (context.attempt < 2) throw new Error('no'); }",
      'functions.json': {
        functions: {
          brief: { retention: { syncMs: 3_000, asyncMs: 4_000 } },
          tries: { retention: { asyncMs: 4_000 }, retry: { attempts: 2, backoffMs: 100 } },
        },
      },
    },
  });
  redis = stack.redis.client();
}, 60_000);
afterAll(() => stack.stop());

const call = async (name: string, more: object = {}, headers: Record<string, string> = {}): Promise<string> =>
  (await stack.http.post(`/v1/functions/${name}/invocations`, more, headers)).body.requestID;
const kept = (id: string) => redis.keys(`*${id}*`);
const ended = (id: string) => stack.http.get(`/v1/invocations/${id}?wait=20`);
const msLeft = (id: string) => redis.pttl(`{invoq:0}:inv:${id}`);

it.each([
  ['a sync call', 'brief', {}, 3_000],
  ['an async call', 'brief', { sync: false }, 4_000],
  ['a call that was tried again', 'tries', { sync: false }, 4_000],
])('%s leaves nothing behind after the time that its function says', async (_, name, more, ms) => {
  const id = await call(name, more);
  expect((await ended(id)).status).toBe(200);
  const left = await msLeft(id);
  expect(left).toBeLessThanOrEqual(ms);
  expect(await redis.exists(`{invoq:0}:inv:${id}`, `{invoq:0}:logs:${id}`)).toBe(2);
  await until('record and logs are gone', async () => (await kept(id)).length === 0, ms + 15_000);
  const { status, body } = await stack.http.get(`/v1/invocations/${id}`);
  expect([status, body.error.type]).toEqual([404, 'INVOCATION_NOT_FOUND']);
});

it.each([
  ['a sync call for an hour', {}, {}, 3_600_000],
  ['an async call for a day', { sync: false }, {}, 86_400_000],
  ['one with a key for as long as the key', {}, { 'idempotency-key': 'kept' }, 86_400_000],
])('keeps %s when nothing is said', async (_, more, headers, ms) => {
  const id = await call('usual', more, headers);
  await ended(id);
  const left = await msLeft(id);
  expect(left).toBeGreaterThan(ms - 60_000);
  expect(left).toBeLessThanOrEqual(ms);
});
