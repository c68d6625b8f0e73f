/** What has ended is kept for as long as was promised, and then it is gone, from Redis too. */
import type { Redis } from 'ioredis';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const FAILS_WHEN_ASKED = "exports.main = ({ fails }) => { if (fails) throw new Error('asked to'); return 1 }";

let stack: Stack;
let redis: Redis;
beforeAll(async () => {
  stack = await startStack({
    functions: {
      'brief.js': "exports.main = () => { console.log('a line'); return 1 }",
      'usual.js': 'exports.main = () => 1',
      'tries.js':
        "exports.main = (event, context) => { console.log('a line'); if (context.attempt < 2) throw new Error('no'); }",
      'all.js': FAILS_WHEN_ASKED,
      'none.js': FAILS_WHEN_ASKED,
      'failed.js': FAILS_WHEN_ASKED,
      'functions.json': {
        functions: {
          all: { keepData: 'all' },
          none: { keepData: 'none' },
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

describe('the data of a call that has ended', () => {
  const large = 'x'.repeat(100_000);
  const dataOf = async (id: string) => (await stack.http.get(`/v1/invocations/${id}?include=data`)).body.data.data;
  const replay = (id: string) => stack.http.post(`/v1/invocations/${id}/replay`);

  it.each([
    ['all', false, true],
    ['all', true, true],
    ['none', false, false],
    ['none', true, false],
    ['failed', false, false],
    ['failed', true, true],
  ])('keepData "%s", it fails: %s; its data are kept: %s', async (name, fails, isKept) => {
    for (const more of [{ sync: true }, { sync: false }, { sync: false, data: { fails, large } }]) {
      const data = { fails };
      const id = await call(name, { data, ...more });
      expect((await ended(id)).body.data.status).toBe(fails ? 'failed' : 'succeeded');
      expect(await dataOf(id)).toEqual(isKept ? (more.data ?? data) : undefined);
      const { status, body } = await replay(id);
      if (!isKept) {
        expect({ status, body }).toMatchObject({
          status: 409,
          body: { error: { type: 'NOT_REPLAYABLE', started: true } },
        });
        continue;
      }
      expect({ status, body }).toMatchObject({ status: 202, body: { data: { replayOf: id } } });
      expect((await ended(body.data.requestID)).body.data).toMatchObject({ replayOf: id });
    }
  });

  it('a dead letter without data stays on the list; its replay is refused, by itself and with others', async () => {
    const id = await call('none', { sync: false, data: { fails: true, secret: 'not to be kept' } });
    await ended(id);
    const path = '/v1/functions/none/dead-letters';
    const letter = (await stack.http.get(`${path}/${id}`)).body.data;
    expect(letter).toMatchObject({ invocation: { requestID: id, status: 'failed' } });
    expect(letter).not.toHaveProperty('data');
    const { replays } = (await stack.http.post(`${path}/replay`, { requestIDs: [id] })).body.data;
    expect(replays).toMatchObject([{ replayOf: id, refused: { type: 'NOT_REPLAYABLE', started: true } }]);
    const filter = { function: 'none' };
    const bulk = (await stack.http.post('/v1/invocations/bulk', { action: 'replay', filter })).body.data;
    expect(bulk).toMatchObject({ done: 0, refused: { NOT_REPLAYABLE: bulk.matched } });
    for (const key of await kept(id)) {
      if ((await redis.type(key)) === 'hash')
        expect(JSON.stringify(await redis.hgetall(key))).not.toContain('not to be');
    }
  });

  it('an uploaded field that is not kept any more: the replay says so', async () => {
    const picture = `${stack.url}/v1/blobs/1-aaaaaaaaaaaaaaaaaaaaaa?expires=1700000000000&signature=x`;
    const id = await call('failed', { sync: false, data: { fails: true, picture } });
    await ended(id);
    const { status, body } = await replay(id);
    expect({ status, body }).toMatchObject({ status: 409, body: { error: { type: 'NOT_REPLAYABLE' } } });
    expect(body.error.message).toContain('uploaded');
  });

  it('what a function keeps is told with it', async () => {
    const { functions } = (await stack.http.get('/v1/functions')).body.data as { functions: { name: string }[] };
    expect(functions.find(({ name }) => name === 'all')).toMatchObject({ keepData: 'all' });
  });
});
