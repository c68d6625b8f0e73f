/** How long an Idempotency-Key belongs to its call, in a real Redis: a call that expired before it began frees its key. */
import { DeadLetters } from '@invoq/store/dead-letters/dead-letters';
import { InvocationStore } from '@invoq/store/invocation-store';
import { newRequestID } from '@invoq/store/keys/partition';
import { RecordReader } from '@invoq/store/record/record-reader';
import { startRedis } from '../harness/redis-server';
import { takenOne } from './taken';

const home = { queue: 'default', lane: 'async', env: 'default', function: 'f' } as const;
/** A dead letter of this size is counted in bytes. */
const DATA = JSON.stringify('x'.repeat(5_000));

let client: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>;
let store: InvocationStore;
let letters: DeadLetters;
beforeAll(async () => {
  client = (await startRedis()).client();
  store = new InvocationStore(client);
  letters = new DeadLetters(client, 1);
});
beforeEach(() => client.flushdb());

async function submit({
  hash = 'h',
  expireAfterMs = 60_000,
  deadMs = undefined as number | undefined,
  data = '{}',
} = {}) {
  const requestID = newRequestID(0);
  const answer = await store.submit({
    requestID, env: 'default', function: 'f', queue: 'default', data, origin: '{}', depth: 0, replyTo: '', maxQueued: 100,
    idempotency: { key: 'k', bodyHash: hash, keepMs: 60_000 },
    plan: { mode: 'async', lane: 'async', timeoutMs: 5_000, expireAfterMs, waitMs: 0, maxStarts: 3, priority: 0,
      retainMs: 60_000, deadMs },
  }); // prettier-ignore
  return { requestID, told: answer };
}

async function expired(more: Parameters<typeof submit>[0] = {}): Promise<string> {
  const { requestID, told: answer } = await submit({ ...more, expireAfterMs: 1 });
  expect(answer.kind).toBe('new');
  for (;;) if ((await store.expire(requestID, home))?.status === 'expired') return requestID;
}

test('a call that expired frees its key: sent again it is a new call, with whatever body', async () => {
  for (const hash of ['h', 'another']) {
    const first = await expired();
    const { requestID, told: answer } = await submit({ hash });
    expect(answer.kind).toBe('new');
    expect(requestID).not.toBe(first);
    // From now on the key belongs to that one.
    expect((await submit({ hash })).told).toEqual({ kind: 'replay', requestID });
    expect((await submit({ hash: 'a third' })).told).toEqual({ kind: 'conflict', requestID });
    // What became of the first is still to be read.
    expect(await new RecordReader(client).read(first)).toMatchObject({ status: 'expired', attempt: 0 });
    await client.flushdb();
  }
});

test('of racers after it one is the new call, and the others join it', async () => {
  await expired();
  const racers = await Promise.all(Array.from({ length: 20 }, () => submit()));
  const [winner, ...more] = racers.filter(({ told: answer }) => answer.kind === 'new');
  expect(more).toEqual([]);
  for (const { told: answer } of racers.filter((racer) => racer !== winner))
    expect(answer).toEqual({ kind: 'replay', requestID: winner.requestID });
});

test('a call that waits, was cancelled, or was started keeps its key', async () => {
  const waiting = await submit();
  expect((await submit()).told).toEqual({ kind: 'replay', requestID: waiting.requestID });
  expect(await store.cancel(waiting.requestID, home)).toBe('cancelled');
  expect((await submit()).told).toEqual({ kind: 'replay', requestID: waiting.requestID });
  await client.flushdb();
  const { requestID } = await submit();
  await takenOne(client, store, home, requestID);
  expect((await submit()).told).toEqual({ kind: 'replay', requestID });
});

test.each([['{}'], [DATA]])('the new call takes the place of the dead letter', async (data) => {
  await expired({ deadMs: 60_000, data });
  expect(await letters.count('default', 'f')).toBe(1);
  expect((await submit({ data })).told.kind).toBe('new');
  expect(await letters.count('default', 'f')).toBe(0);
});

test('after its dead letter was replayed or purged, the key stays: the work is not done twice', async () => {
  const requestID = await expired({ deadMs: 60_000 });
  const { letter } = (await letters.remains('default', 'f', requestID))!;
  await store.submit({
    requestID: newRequestID(0), env: 'default', function: 'f', queue: 'default', data: '{}', origin: '{}', depth: 0, replyTo: '',
    maxQueued: 100, replay: { of: requestID, letter },
    plan: { mode: 'async', lane: 'async', timeoutMs: 5_000, expireAfterMs: 60_000, waitMs: 0, maxStarts: 3, priority: 0,
      retainMs: 60_000 },
  }); // prettier-ignore
  expect((await submit()).told).toEqual({ kind: 'replay', requestID });
  expect((await submit({ hash: 'another' })).told).toEqual({ kind: 'conflict', requestID });
});
