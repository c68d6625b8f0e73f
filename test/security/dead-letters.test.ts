/** Replays and purges of many and large dead letters: in steps, told truthfully, and with an end. */
import type { Redis } from 'ioredis';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const LETTERS = 60;
const BYTES = 500_000;

interface Replay {
  replayOf: string;
  requestID?: string;
  refused?: { type: string; started: boolean | string };
}

let stack: Stack;
let redis: Redis;
beforeAll(async () => {
  stack = await startStack({
    functions: { 'fails.js': "exports.main = () => { throw new Error('no'); }", 'echo.js': 'exports.main = () => 1' },
  });
  redis = stack.redis.client();
}, 60_000);
afterAll(() => stack.stop());

const path = '/v1/functions/fails/dead-letters';
const total = async (): Promise<number> => (await stack.http.get(`${path}?limit=1`)).body.data.total;
const fail = async (count: number, bytes: number): Promise<void> => {
  const before = await total();
  for (let i = 0; i < count; i++) {
    const body = { data: 'x'.repeat(bytes), sync: false };
    expect((await stack.http.post('/v1/functions/fails/invocations', body)).status).toBe(202);
  }
  await until('all have failed', async () => (await total()) === before + count, 60_000);
};
/** Of the last replays: how many records say that they are one. */
const replayed = async (): Promise<string[]> => {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = `function=fails&limit=100${cursor && `&cursor=${cursor}`}`;
    const page: { invocations: Replay[]; cursor: string | null } = (await stack.http.get(`/v1/invocations?${query}`))
      .body.data;
    found.push(
      ...page.invocations.filter(({ replayOf }: Replay) => replayOf).map(({ requestID }: Replay) => requestID!),
    );
    cursor = page.cursor;
  }
  return found;
};

test('30 MB of letters are replayed, each is told, and others are served meanwhile', async () => {
  await fail(LETTERS, BYTES);
  let done = false;
  const asked = stack.http.post(`${path}/replay`, {}).finally(() => (done = true));
  let served = 0;
  while (!done) {
    expect((await stack.http.post('/v1/functions/echo/invocations', { data: {} })).body).toMatchObject({ code: 0 });
    served++;
  }
  const { status, body } = await asked;
  expect(status).toBe(200);
  const answer = (body.data.replays as Replay[]).flatMap(({ requestID }) => requestID ?? []);
  expect(answer).toHaveLength(LETTERS);
  expect((await replayed()).sort()).toEqual([...answer].sort());
  expect(served).toBeGreaterThan(1);
}, 120_000);

test('Redis takes nothing more in the midst of a replay: what was replayed is told, what was not stays', async () => {
  await until('they have failed again', async () => (await total()) >= LETTERS, 60_000);
  const before = new Set(await replayed());
  const asked = stack.http.post(`${path}/replay`, {});
  await until('some are replayed', async () => (await total()) < LETTERS - 2, 10_000);
  await redis.config('SET', 'maxmemory', '1mb');
  const { status, body } = await asked;
  await redis.config('SET', 'maxmemory', '0');
  expect(status).toBe(200);
  const replays = body.data.replays as Replay[];
  const answer = replays.flatMap(({ requestID }) => requestID ?? []);
  const made = (await replayed()).filter((id) => !before.has(id));
  // No replay that is not told, and none is told to have been refused that was made.
  expect(answer.sort()).toEqual(made.sort());
  expect(answer.length).toBeGreaterThan(0);
  for (const { refused } of replays) if (refused) expect(refused).toMatchObject({ type: 'STORE_FULL', started: false });
  const taken = async () => (await stack.http.post('/v1/functions/echo/invocations', { data: {} })).status === 200;
  await until('there is room again', taken, 10_000);
  await until('nothing is lost', async () => (await total()) === LETTERS, 60_000);
}, 120_000);

test('all are taken off the list, those without a record too, and it ends', async () => {
  await fail(30, 10);
  const letters = (await redis.zrange('{invoq:0}:dead', 0, '-1')).map((letter) => letter.split('/').at(-1)!);
  for (const id of letters.slice(0, 40)) await redis.del(`{invoq:0}:inv:${id}`);
  const count = await total();
  expect(count).toBe(letters.length);
  const { status, body } = await stack.http.request(path, { method: 'DELETE' });
  expect([status, body.data.purged]).toEqual([200, count]);
  expect(await total()).toBe(0);
  expect(await redis.exists('{invoq:0}:dead', '{invoq:0}:dead-expiry', '{invoq:0}:bytes:dead')).toBe(0);
}, 60_000);

test('a letter whose record is gone is off the list once somebody has read it', async () => {
  await fail(3, 10);
  const [first] = await redis.zrange('{invoq:0}:dead', 0, '0');
  await redis.del(`{invoq:0}:inv:${first.split('/').at(-1)}`);
  expect((await stack.http.get(path)).body.data.letters).toHaveLength(2);
  expect(await total()).toBe(2);
});
