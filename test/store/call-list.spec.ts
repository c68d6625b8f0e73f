/** The list of a function's calls, in a real Redis. */
import { startRedis } from '../harness/redis-server';
import { taken } from './taken';
import { CallList } from '@invoq/store/lists/call-list';
import { InvocationStore } from '@invoq/store/invocation-store';
import { RecordReader } from '@invoq/store/record/record-reader';
import type { Submission } from '@invoq/store/submission/submission';
import { callsKey, envCallsKey, recordKey, turnsKey } from '@invoq/store/keys/keys';
import { newRequestID } from '@invoq/store/keys/partition';

const PARTITIONS = 2;
let redis: Awaited<ReturnType<typeof startRedis>>;
let client: ReturnType<typeof redis.client>;
let store: InvocationStore;
let list: CallList;
beforeAll(async () => {
  redis = await startRedis();
  client = redis.client();
  store = new InvocationStore(client);
  list = new CallList(client, PARTITIONS);
});

function submission(name: string, partition = 0, env = 'default'): Submission {
  return {
    requestID: newRequestID(partition), env, function: name, queue: 'default', data: '{}', depth: 0, replyTo: '',
    origin: '{"eventType":"sdk"}', maxQueued: 1_000_000,
    plan: { mode: 'sync', lane: 'sync', timeoutMs: 5_000, expireAfterMs: 5_000, waitMs: 5_000, maxStarts: 1,
      priority: 0, retainMs: 60_000 },
  }; // prettier-ignore
}

const place = { queue: 'default', lane: 'sync', env: 'default', function: 'f' } as const;

test('newest first, of all partitions, of one function in one env', async () => {
  const ours = [submission('f', 0), submission('f', 1), submission('f', 0)];
  for (const one of [...ours, submission('g'), submission('f', 0, 'prod')]) {
    await store.submit(one);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const calls = await list.read('default', 'f');
  expect(calls.map(({ requestID }) => requestID)).toEqual(ours.map(({ requestID }) => requestID).reverse());
  expect(calls[0]).toMatchObject({ status: 'queued', mode: 'sync', origin: '{"eventType":"sdk"}' });
  const { queuedAt } = calls[1];
  expect(await list.read('default', 'f', { from: queuedAt, to: queuedAt })).toHaveLength(1);
  expect(await list.read('default', 'none')).toEqual([]);
});

test('what a run took is told with it', async () => {
  const one = submission('used');
  await store.submit(one);
  const claimRequest = { worker: 'w', leaseMs: 5_000, tokenHash: 'hash' };
  const [claim] = await taken(client, store, { ...place, function: 'used' }, claimRequest);
  expect(claim.requestID).toBe(one.requestID);
  await store.finish({
    requestID: one.requestID,
    home: { ...place, function: 'used' },
    attempt: 1,
    ending: { outcome: 'succeeded', result: '1' },
    logs: '',
    used: { runMs: 1.5, peakRssMb: 40 },
  });
  expect((await list.read('default', 'used'))[0]).toMatchObject({
    status: 'succeeded',
    used: { runMs: 1.5, peakRssMb: 40 },
  });
  expect(await new RecordReader(client).used(one.requestID)).toEqual({ runMs: 1.5, peakRssMb: 40 });
});

test('a call whose record is gone is no longer listed', async () => {
  const [kept, gone] = [submission('gone'), submission('gone')];
  await store.submit(kept);
  await store.submit(gone);
  await client.del(recordKey(gone.requestID));
  expect((await list.read('default', 'gone')).map(({ requestID }) => requestID)).toEqual([kept.requestID]);
  expect(await client.zcard(callsKey(0, 'default', 'gone'))).toBe(1);
});

test('refused and repeated submissions are not listed', async () => {
  const full = { ...submission('refused'), maxQueued: 0 };
  expect((await store.submit(full)).kind).toBe('full');
  expect(await list.read('default', 'refused')).toEqual([]);
  const idempotency = { key: 'k', bodyHash: 'h', keepMs: 60_000 };
  const [first, again] = [submission('twice'), submission('twice')];
  await store.submit({ ...first, idempotency });
  expect((await store.submit({ ...again, idempotency })).kind).toBe('replay');
  expect(await list.read('default', 'twice')).toHaveLength(1);
});

test('the list is bounded: the oldest give way', async () => {
  const key = callsKey(0, 'default', 'many');
  const now = Date.now();
  const old = Array.from({ length: 200 }, (_, i) => [now - 1_000 + i, `old-${i}`] as const).flat();
  await client.zadd(key, now - 100_000, 'too-old', ...old);
  const listed = { max: 100, keepMs: 60_000 };
  // One call in 16 trims, known by its id.
  const trims = { ...submission('many'), listed };
  while (!trims.requestID.startsWith('0')) trims.requestID = newRequestID(0);
  await store.submit(trims);
  expect(await client.zcard(key)).toBe(100);
  expect(await client.zscore(key, 'old-0')).toBeNull();
  expect(await client.zscore(key, trims.requestID)).not.toBeNull();
  expect(await client.pttl(key)).toBeGreaterThan(0);
  await client.zadd(key, now - 100_000, 'too-old');
  const again = { ...submission('many'), listed: { ...listed, max: 1_000 } };
  while (!again.requestID.startsWith('0')) again.requestID = newRequestID(0);
  await store.submit(again);
  expect(await client.zscore(key, 'too-old')).toBeNull();
});

test('a list is kept for as long as asked for, however its calls come, and so is the list of its env', async () => {
  const listed = { max: 100, keepMs: 50_000 };
  const lists = [callsKey(0, 'timed', 'f'), callsKey(0, 'timed', 'g'), envCallsKey(0, 'timed')];
  const submitted = (name: string): Promise<unknown> => store.submit({ ...submission(name, 0, 'timed'), listed });
  const left = (): Promise<number[]> => Promise.all(lists.map((list) => client.pttl(list)));
  // The lane has none of g, and others wait.
  await submitted('f');
  await Promise.all([submitted('f'), submitted('g'), submitted('f')]);
  for (const ms of await left()) expect(ms).toBeGreaterThan(49_000);
  for (const list of lists) await client.pexpire(list, 40_000);
  // Whoever brings a function's list its time brings it to the env's.
  await client.del(turnsKey(0, 'default', 'sync'));
  await submitted('f');
  const [f, , env] = await left();
  expect(f).toBeGreaterThan(50_000);
  expect(env).toBeGreaterThanOrEqual(f - 5);
});
