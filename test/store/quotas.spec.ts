/** What the calls of an env hold in bytes, in a real Redis: counted by the step that takes it, given back once, whatever the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending } from '@invoq/contract/outcome';
import { DeadLetters } from '@invoq/store/dead-letters/dead-letters';
import { InvocationStore } from '@invoq/store/invocation-store';
import { bytesKey, keptBytesKey, logsKey, recordKey } from '@invoq/store/keys/keys';
import { newRequestID } from '@invoq/store/keys/partition';
import { type BytesHeld, QuotaStore } from '@invoq/store/limits/quota-store';
import { FREE_BYTES, type Submission, type Submitted } from '@invoq/store/submission/submission';
import { startRedis } from '../harness/redis-server';
import { field, fields } from './fields';
import { takenOne } from './taken';

const KB = 1_024;
const MAX_KEPT = 100 * KB;
const home = { queue: 'default', lane: 'async', env: 'default', function: 'f' } as const;
const NOTHING: BytesHeld = { waiting: 0, dead: 0, kept: 0 };
const FAILED: Ending = { outcome: 'failed', type: 'FUNCTION_ERROR', message: 'no' };
const RETURNED: Ending = { outcome: 'succeeded', result: '1' };

let client: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>;
let store: InvocationStore;
let letters: DeadLetters;
beforeAll(async () => {
  client = (await startRedis()).client();
  store = new InvocationStore(client);
  letters = new DeadLetters(client, 1);
});
beforeEach(() => client.flushdb());

const held = (env = 'default', maxKept = MAX_KEPT): Promise<BytesHeld> => new QuotaStore(client).held(0, env, maxKept);

interface Kind {
  bytes: number;
  deadMs?: number;
  retainMs?: number;
  env?: string;
  quotas?: Submission['quotas'];
  replay?: Submission['replay'];
}

async function submit({ bytes, deadMs, retainMs = 60_000, env = 'default', quotas, replay }: Kind) {
  const requestID = newRequestID(0);
  const reply: Submitted = await store.submit({
    requestID, env, function: 'f', queue: 'default', data: JSON.stringify('x'.repeat(bytes - 2)), origin: '{}', depth: 0,
    replyTo: '', maxQueued: 100, quotas, replay,
    plan: { mode: 'async', lane: 'async', timeoutMs: 5_000, expireAfterMs: 60_000, waitMs: 0, maxStarts: 3, priority: 0,
      retainMs, deadMs },
  }); // prettier-ignore
  return { requestID, told: reply };
}

/** Submitted, started and ended. */
async function ended(kind: Kind, ending: Ending, logs = ''): Promise<string> {
  const { requestID } = await submit(kind);
  const at = { ...home, env: kind.env ?? 'default' };
  await takenOne(client, store, at, requestID);
  await store.finish({ requestID, home: at, attempt: 1, ending, logs });
  return requestID;
}

const finish = (requestID: string, attempt: number, ending: Ending, logs = '') =>
  store.finish({ requestID, home, attempt, ending, logs });

const endBytes = async (requestID: string): Promise<number> => client.hstrlen(recordKey(requestID), 'envelope');
const letterOf = async (requestID: string): Promise<string> => (await field(client, requestID, 'letter'))!;

test('data up to 4 KB are not counted, and leave no trace', async () => {
  await ended({ bytes: FREE_BYTES, deadMs: 60_000 }, RETURNED);
  const { requestID } = await submit({ bytes: FREE_BYTES });
  expect(await client.exists(bytesKey(0, 'waiting'), bytesKey(0, 'dead'), keptBytesKey(0, 'default'))).toBe(0);
  expect(await field(client, requestID, 'counted')).toBeNull();
  expect(await held()).toEqual(NOTHING);
});

test('beyond the quota nothing is written, and another env has its own', async () => {
  const quotas = { maxWaiting: 25 * KB, maxDead: 1 };
  for (let i = 0; i < 2; i++) expect((await submit({ bytes: 10 * KB, quotas })).told.kind).toBe('new');
  const { requestID, told: reply } = await submit({ bytes: 10 * KB, quotas });
  expect(reply).toEqual({ kind: 'bytes', of: 'waiting', held: 20 * KB });
  expect(await client.exists(recordKey(requestID))).toBe(0);
  expect((await submit({ bytes: FREE_BYTES, quotas })).told.kind).toBe('new');
  expect((await submit({ bytes: 10 * KB, quotas, env: 'other' })).told.kind).toBe('new');
  expect([(await held()).waiting, (await held('other')).waiting]).toEqual([20 * KB, 10 * KB]);
});

test('the same command twice counts once', async () => {
  const { requestID } = await submit({ bytes: 10 * KB });
  await takenOne(client, store, home, requestID);
  for (let i = 0; i < 2; i++)
    expect(await store.finish({ requestID, home, attempt: 1, ending: RETURNED, logs: '' })).toMatchObject({
      recorded: true,
    });
  expect(await held()).toEqual(NOTHING);
});

test('a dead letter holds its data until it is replayed, and the new call holds them then', async () => {
  const requestID = await ended({ bytes: 10 * KB, deadMs: 60_000 }, FAILED);
  const dead = 10 * KB + (await endBytes(requestID));
  expect(await held()).toEqual({ ...NOTHING, dead });
  const quotas = { maxWaiting: 100 * KB, maxDead: 10 * KB };
  expect((await submit({ bytes: 5 * KB, deadMs: 60_000, quotas })).told).toEqual({
    kind: 'bytes',
    of: 'dead',
    held: dead,
  });
  const replay = { of: requestID, letter: await letterOf(requestID) };
  expect((await submit({ bytes: 10 * KB, deadMs: 60_000, quotas, replay })).told.kind).toBe('new');
  expect(await held()).toEqual({ ...NOTHING, waiting: 10 * KB });
  expect(await field(client, requestID, 'data')).toBeNull();
  expect((await submit({ bytes: 10 * KB, deadMs: 60_000, quotas, replay })).told.kind).toBe('gone');
  expect(await held()).toEqual({ ...NOTHING, waiting: 10 * KB });
});

test('purged, or past its time, a dead letter holds nothing, also when its record went before', async () => {
  const [one, gone] = [
    await ended({ bytes: 10 * KB, deadMs: 60_000 }, FAILED),
    await ended({ bytes: 10 * KB, deadMs: 60_000 }, FAILED),
  ];
  await ended({ bytes: 10 * KB, deadMs: 150, retainMs: 150 }, FAILED);
  await client.del(recordKey(gone));
  expect((await held()).dead).toBeGreaterThan(30 * KB);
  await sleep(200);
  expect((await held()).dead).toBeLessThan(21 * KB);
  expect(await letters.purge('default', 'f', [one])).toBe(1);
  expect(await field(client, one, 'data')).toBeNull();
  expect((await held()).dead).toBeGreaterThan(10 * KB);
  // One whose record is gone is found by whoever reads the list.
  expect((await letters.list('default', 'f', 10)).letters).toEqual([]);
  expect(await letters.count('default', 'f')).toBe(0);
  expect(await held()).toEqual(NOTHING);
});

test('what other ended calls keep is counted until their records expire', async () => {
  const logs = `${'l'.repeat(8 * KB)}\n`;
  const short = await ended({ bytes: 10 * KB, retainMs: 1_000 }, FAILED);
  const long = await ended({ bytes: 10 }, RETURNED, logs);
  expect((await held()).kept).toBe(10 * KB + (await endBytes(short)) + 8 * KB + 1 + (await endBytes(long)));
  await sleep(2_100);
  expect(await client.exists(recordKey(short))).toBe(0);
  expect((await held()).kept).toBe(8 * KB + 1 + (await endBytes(long)));
  expect(await client.pttl(keptBytesKey(0, 'default'))).toBeGreaterThan(50_000);
});

test('when an env keeps as much as it may, the end is kept, and of the logs the last lines', async () => {
  const logs = Array.from({ length: 60 }, (_, n) => `${String(n).padStart(2, '0')} ${'l'.repeat(KB)}\n`).join('');
  await held();
  const first = await ended({ bytes: 10 }, RETURNED, logs);
  const second = await ended({ bytes: 10 * KB }, FAILED, logs);
  expect(await client.get(logsKey(first))).toBe(logs);
  expect(await client.get(logsKey(second))).toBe(logs.slice(logs.lastIndexOf('59 ')));
  expect(await client.pttl(logsKey(second))).toBeGreaterThan(0);
  expect(await fields(client, second, 'status', 'data')).toEqual(['failed', null]);
  // Results are never cut: they count, beyond the quota too.
  const result: Ending = { outcome: 'succeeded', result: JSON.stringify('r'.repeat(60 * KB)) };
  const third = await ended({ bytes: 10 }, result, logs);
  expect(await endBytes(third)).toBeGreaterThan(60 * KB);
  expect((await held()).kept).toBeGreaterThan(120 * KB);
});

/** Park and Miller's, so that a failure can be told again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

const seed = Number(process.env.INVOQ_TEST_SEED) || 1 + (Date.now() % 1_000_000);

test(`whatever becomes of calls, what is counted is what is there (seed ${seed})`, async () => {
  const pick = random(seed);
  const open: string[] = [];
  const running = new Map<string, number>();
  const ending = (): Ending => (pick(2) ? FAILED : RETURNED);
  const steps: ((requestID: string) => Promise<unknown>)[] = [
    (id) => store.cancel(id, home),
    (id) => store.expire(id, home),
    async (id) => {
      if ((await field(client, id, 'status')) !== 'queued') return;
      running.set(id, (await takenOne(client, store, home, id)).attempt);
    },
    (id) => finish(id, running.get(id) ?? 1, ending(), 'l'.repeat(pick(9 * KB))),
    // Of a worker that was given up, and of an answer that was lost on its way.
    (id) => finish(id, (running.get(id) ?? 1) + 1, ending()),
    async (id) => {
      if (!running.has(id)) return;
      const said = await store.retry(id, home, running.get(id)!, 60_000, { ...FAILED, outcome: 'failed' }, '');
      if (said === 'retrying') running.delete(id);
    },
  ];
  const letterIDs = async (): Promise<string[]> =>
    (await letters.list('default', 'f', 100)).letters.map(({ requestID }) => requestID);
  for (let step = 0; step < 600; step++) {
    if (open.length < 5 || (open.length < 40 && pick(4) === 0)) {
      const bytes = FREE_BYTES + 1 + pick(20 * KB);
      const kind = {
        bytes,
        deadMs: pick(2) ? 60_000 : undefined,
        retainMs: 60_000,
        quotas: { maxWaiting: 200 * KB, maxDead: 300 * KB },
      };
      const { requestID, told: reply } = await submit(kind);
      if (reply.kind === 'new') open.push(requestID);
    } else {
      const requestID = open[pick(open.length)];
      const status = await field(client, requestID, 'status');
      const may = status === 'retrying' ? [0, 1, 4] : [0, 1, 2, 3, 4, 5];
      await steps[may[pick(may.length)]](requestID);
    }
    if (step % 50 !== 49) continue;
    const standing = await Promise.all(
      open.map(async (id) => ({
        id,
        status: await field(client, id, 'status'),
        bytes: await client.hstrlen(recordKey(id), 'data'),
      })),
    );
    const isOpen = ({ status }: { status: string | null }): boolean => /^(queued|running|retrying)$/.test(status ?? '');
    const waiting = standing.filter(isOpen).reduce((sum, { bytes }) => sum + bytes, 0);
    expect([step, (await held()).waiting]).toEqual([step, waiting]);
    open.splice(0, open.length, ...standing.filter(isOpen).map(({ id }) => id));
    const some = await letterIDs();
    if (some.length > 0 && pick(2)) await letters.purge('default', 'f', some.slice(0, 3));
  }
  for (const id of open) {
    await store.cancel(id, home);
    if (running.has(id)) await finish(id, running.get(id)!, FAILED);
  }
  await letters.purge('default', 'f', await letterIDs());
  expect(await held()).toMatchObject({ waiting: 0, dead: 0 });
}, 120_000);
