/** Pages of calls, in a real Redis: every call once, in order, whatever comes and goes between two pages. */
import { startRedis } from '../harness/redis-server';
import { CallPages, type PageQuery } from '@invoq/store/lists/call-pages';
import { InvocationStore } from '@invoq/store/invocation-store';
import type { Submission } from '@invoq/store/submission/submission';
import { callsKey, envCallsKey, failedKey, recordKey } from '@invoq/store/keys/keys';
import { field } from './fields';
import { newRequestID } from '@invoq/store/keys/partition';

const PARTITIONS = 3;
let redis: Awaited<ReturnType<typeof startRedis>>;
let client: ReturnType<typeof redis.client>;
let store: InvocationStore;
let pages: CallPages;
beforeAll(async () => {
  redis = await startRedis();
  client = redis.client();
  store = new InvocationStore(client);
  pages = new CallPages(client, PARTITIONS);
});

const plan = { mode: 'async', lane: 'async', timeoutMs: 5_000, expireAfterMs: 60_000, waitMs: 0, maxStarts: 3, retainMs: 60_000, priority: 0 } as const; // prettier-ignore
const place = { queue: 'default', lane: 'async', env: 'default', function: 'f' } as const;

async function submit(env: string, count: number, name = 'f', own: Partial<typeof plan> = {}): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => newRequestID(i % PARTITIONS));
  const base = {
    env,
    function: name,
    queue: 'default',
    data: '{}',
    depth: 0,
    replyTo: '',
    origin: '{}',
    plan: { ...plan, ...own },
  };
  await store.submitAll(ids.map((requestID): Submission => ({ ...base, requestID, maxQueued: 1_000_000 })));
  return ids;
}

async function all(options: Partial<PageQuery> & { env: string }): Promise<{ ids: string[]; sizes: number[] }> {
  const ids: string[] = [];
  const sizes: number[] = [];
  let after: PageQuery['after'];
  do {
    const { invocations, next } = await pages.read({ limit: 7, ...options, after });
    ids.push(...invocations.map(({ requestID }) => requestID));
    sizes.push(invocations.length);
    after = next;
  } while (after);
  return { ids, sizes };
}

test('every call once, newest first, also those of the same millisecond, of all partitions', async () => {
  const ids = await submit('many', 100);
  const answer = await all({ env: 'many' });
  expect([...answer.ids].sort()).toEqual([...ids].sort());
  expect(answer.sizes).toEqual([...new Array<number>(14).fill(7), 2]);
  const times = await Promise.all(answer.ids.map((id) => field(client, id, 'queuedAt').then(Number)));
  expect(times).toEqual([...times].sort((a, b) => b - a));
});

test('what comes between two pages moves nothing', async () => {
  const ids = await submit('moving', 20);
  const first = await pages.read({ env: 'moving', limit: 10 });
  await submit('moving', 5);
  const second = await pages.read({ env: 'moving', limit: 10, after: first.next });
  const answer = [...first.invocations, ...second.invocations].map(({ requestID }) => requestID);
  expect(answer.sort()).toEqual([...ids].sort());
  expect(second.next).toBeUndefined();
});

test('of one function, of one env, of some status, of a span of time', async () => {
  const [f, g] = [await submit('one', 4), await submit('one', 3, 'g')];
  await submit('other', 2);
  expect((await all({ env: 'one' })).ids).toHaveLength(7);
  expect((await all({ env: 'one', function: 'g' })).ids.sort()).toEqual([...g].sort());
  expect((await all({ env: 'none' })).ids).toEqual([]);
  await store.cancel(f[1], place);
  expect((await all({ env: 'one', filters: { status: ['cancelled'] } })).ids).toEqual([f[1]]);
  expect((await all({ env: 'one', filters: { status: ['queued', 'running'] } })).ids).toHaveLength(6);
  const at = Number(await field(client, g[0], 'queuedAt'));
  expect((await all({ env: 'one', from: at, to: at, function: 'g' })).ids).toContain(g[0]);
  expect((await all({ env: 'one', to: at - 10_000 })).ids).toEqual([]);
  expect((await all({ env: 'one', from: at + 10_000 })).ids).toEqual([]);
  const [invocation] = (await pages.read({ env: 'one', limit: 1, function: 'g' })).invocations;
  expect(invocation).toMatchObject({ function: 'g', env: 'one', mode: 'async', status: 'queued', attempt: 0 });
});

test('a call whose record is gone is passed over, and taken out of the list', async () => {
  const ids = await submit('gone', 30);
  await client.del(...ids.slice(5).map(recordKey));
  expect((await all({ env: 'gone' })).ids.sort()).toEqual(ids.slice(0, 5).sort());
  const sizes = await Promise.all([0, 1, 2].map((partition) => client.zcard(envCallsKey(partition, 'gone'))));
  expect(sizes.reduce((a, b) => a + b)).toBe(5);
  expect(await client.zcard(callsKey(0, 'gone', 'f'))).toBe(10);
});

test('a page looks at so many records at most, and the next one goes on from there', async () => {
  const ids = await submit('needle', 5_000);
  await store.cancel(ids[0], place);
  const { ids: answer, sizes } = await all({ env: 'needle', filters: { status: ['cancelled'] }, limit: 10 });
  expect(answer).toEqual([ids[0]]);
  expect(sizes).toHaveLength(3);
});

test('entries are passed over by their requestID alone, 20,000 a page at most', async () => {
  const ids = await submit('prefix', 25_000);
  const start = ids[0].slice(0, 18);
  const { ids: answer, sizes } = await all({ env: 'prefix', requestID: start, limit: 10 });
  expect(answer).toEqual([ids[0]]);
  expect(sizes).toHaveLength(2);
});

test('a whole requestID is found without its list, in its own env only', async () => {
  const [id] = await submit('whole', 1);
  await client.del(
    ...[0, 1, 2].flatMap((partition) => [envCallsKey(partition, 'whole'), callsKey(partition, 'whole', 'f')]),
  );
  expect((await all({ env: 'whole', requestID: id })).ids).toEqual([id]);
  expect((await all({ env: 'prefix', requestID: id })).ids).toEqual([]);
});

test('a list of failures keeps the newest 1,000 of a partition, for as long as records live', async () => {
  const ids = await submit('failing', 3 * 1_100, 'f', { expireAfterMs: 1 as 60_000 });
  await new Promise((done) => setTimeout(done, 5));
  const home = { ...place, env: 'failing' };
  for (let at = 0; at < ids.length; at += 100)
    await Promise.all(ids.slice(at, at + 100).map((id) => store.expire(id, home)));
  for (const partition of [0, 1, 2]) {
    const key = failedKey(partition, 'failing', 'f');
    expect(await client.zcard(key)).toBeGreaterThanOrEqual(1_000);
    expect(await client.zcard(key)).toBeLessThan(1_100);
    expect(await client.pttl(key)).toBeGreaterThan(50_000);
  }
  const [newest] = (await pages.read({ env: 'failing', function: 'f', order: 'failed', limit: 1 })).invocations;
  expect(newest).toMatchObject({ status: 'expired', error: { type: 'EXPIRED' } });
});
