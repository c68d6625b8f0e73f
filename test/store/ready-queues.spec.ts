/** Workers that differ, at the lines of a real Redis: who is given what, in which turn, and what is handed back. */
import { InvocationStore, REPORT_GRACE_MS } from '@invoq/store/invocation-store';
import { bellKey, readyKey, ticketsKey } from '@invoq/store/keys/keys';
import { DueIndex } from '@invoq/store/background/due-index';
import { newRequestID } from '@invoq/store/keys/partition';
import { type Serving, ServingStore, servingOf } from '@invoq/store/ready-queue/serving';
import { startRedis } from '../harness/redis-server';
import { field, fields, hashOf } from './fields';
import { until } from '../harness/until';

let client: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>;
let store: InvocationStore;
beforeAll(async () => {
  client = (await startRedis()).client();
  store = new InvocationStore(client);
});
beforeEach(() => client.flushdb());

const place = { queue: 'default', lane: 'sync' } as const;
const serving = (whole: string, broken = ''): Serving => {
  const named = (names: string): string[] => names.split(' ').flatMap((name) => (name ? [`default:${name}`] : []));
  return servingOf(named(whole), named(broken));
};
const announced = async (kind: Serving): Promise<Serving> => {
  await new ServingStore(client, `worker of ${kind.digest}`).announce(0, [place], kind);
  return kind;
};

async function submit(name: string, { expireAfterMs = 60_000 } = {}): Promise<string> {
  return (await submitted(name, expireAfterMs)).requestID;
}

/** `isTicketed`: BullMQ carries the lane. */
async function submitted(name: string, expireAfterMs: number, isTicketed = false) {
  const requestID = newRequestID(0);
  const verdict = await store.submit({
    requestID, env: 'default', function: name, queue: 'default', data: '{}', origin: '{}', depth: 0, replyTo: '',
    maxQueued: 100_000,
    plan: { mode: 'sync', lane: 'sync', timeoutMs: 5_000, expireAfterMs, waitMs: 5_000, maxStarts: 1, priority: 0,
      retainMs: 60_000 },
  }, isTicketed); // prettier-ignore
  return { requestID, hasTicket: verdict.kind === 'new' && verdict.ticket };
}

let tokens = 0;
const claimRequest = () => ({ worker: 'w', leaseMs: 5_000, tokenHash: `token-${tokens++}` });

async function take({ digest }: Serving, count = 1) {
  const said = await store.take(0, place, Array.from({ length: count }, claimRequest), digest, false);
  if (said.kind === 'unknown') throw new Error('unknown');
  return { taken: said.claims.flatMap((claim) => claim?.requestID ?? []), more: said.more };
}

test('a worker is given what it serves, and what it does not serve waits as it did', async () => {
  const [adds, mails] = [await announced(serving('add')), await announced(serving('mail'))];
  const [mail, add] = [await submit('mail'), await submit('add')];
  expect(await take(adds)).toEqual({ taken: [add], more: false });
  expect(await take(adds)).toEqual({ taken: [], more: false });
  expect(await field(client, mail, 'attempt')).toBe('0');
  expect(await take(mails)).toEqual({ taken: [mail], more: false });
});

test('the bell rings for those who serve a call, and a look that finds nothing empties it', async () => {
  const [adds, mails] = [await announced(serving('add')), await announced(serving('mail'))];
  const rings = ({ digest }: Serving) => client.llen(bellKey(0, 'default', 'sync', digest));
  await submit('add');
  expect([await rings(adds), await rings(mails)]).toEqual([1, 0]);
  for (let calls = 0; calls < 100; calls++) await submit('add');
  expect(await rings(adds)).toBe(64);
  await take(adds, 101);
  expect((await take(adds)).taken).toEqual([]);
  expect(await rings(adds)).toBe(0);
});

test('what a worker serves is asked for when Redis does not know it (any more)', async () => {
  const kind = serving('add');
  await submit('add');
  expect(await store.take(0, place, [claimRequest()], kind.digest, false)).toEqual({ kind: 'unknown' });
  await announced(kind);
  expect((await take(kind)).taken).toHaveLength(1);
});

test('a call that is handed back was never started, keeps its place, and cannot be handed back for another worker', async () => {
  const all = await announced(serving('add mail'));
  const [first, second] = [await submit('add'), await submit('add')];
  const mine = claimRequest();
  await store.take(0, place, [mine], all.digest, false);
  expect(await store.handBack(first, place, 1, mine)).toBe('back');
  expect(await fields(client, first, 'status', 'attempt', 'startedAt', 'worker')).toEqual(['queued', '0', null, null]);
  const theirs = claimRequest();
  expect(await store.take(0, place, [theirs], all.digest, false)).toMatchObject({
    claims: [{ requestID: first, attempt: 1 }],
  });
  expect(await store.handBack(first, place, 1, mine)).toBe('lost');
  expect(await field(client, first, 'status')).toBe('running');
  expect((await take(all)).taken).toEqual([second]);
});

test('where BullMQ carries the lane, all that come within a second have one ticket, and each is rung for', async () => {
  const all = await announced(serving('add'));
  const key = ticketsKey(0, place.queue, place.lane);
  const tickets = (): Promise<boolean[]> =>
    Promise.all([1, 2, 3].map(async () => (await submitted('add', 60_000, true)).hasTicket));
  expect((await tickets()).filter(Boolean)).toHaveLength(1);
  expect(await client.llen(bellKey(0, place.queue, place.lane, all.digest))).toBe(3);
  expect(await client.pttl(key)).toBeGreaterThan(0);
  expect(await client.pttl(key)).toBeLessThanOrEqual(1_000);
  await client.pexpire(key, 1);
  await until('the ticket is old', async () => (await client.exists(key)) === 0, 5_000);
  expect((await tickets()).filter(Boolean)).toHaveLength(1);
});

test('what a release before counted as tickets goes with the first of them that brings a slot', async () => {
  const all = await announced(serving('add'));
  await client.set(ticketsKey(0, place.queue, place.lane), 3);
  await store.take(0, place, [claimRequest()], all.digest, true);
  expect(await client.exists(ticketsKey(0, place.queue, place.lane))).toBe(0);
});

test('a take that is repeated has each call under the token of its start, also when one of them is over meanwhile', async () => {
  const all = await announced(serving('add'));
  const ids = [await submit('add', { expireAfterMs: 50 }), await submit('add'), await submit('add')];
  const mine = ids.map(claimRequest);
  await store.take(0, place, mine, all.digest, false);
  // The reply was lost. Before the command is sent again, the time of the first one is over.
  await new Promise((resolve) => setTimeout(resolve, 60 + REPORT_GRACE_MS));
  expect(await store.expire(ids[0], { ...place, env: 'default', function: 'add' })).toMatchObject({ status: 'lost' });
  const said = await store.take(0, place, mine, all.digest, false);
  expect(said).toMatchObject({ claims: [undefined, { requestID: ids[1] }, { requestID: ids[2] }] });
  expect(await store.handBack(ids[1], place, 1, mine[1])).toBe('back');
});

test.each([
  ['before it was started', 0, false],
  ['after another start', 1, true],
])(
  'a call that is cancelled while it is handed back is cancelled, %s, even by a worker that dies then',
  async (_, losses, started) => {
    const all = await announced(serving('add'));
    const id = await submit('add');
    const home = { ...place, env: 'default', function: 'add' };
    const open = new DueIndex(client);
    await client.hset(await hashOf(client, id), 'attempt', losses);
    const mine = claimRequest();
    await store.take(0, place, [mine], all.digest, false);
    expect(await store.cancel(id, home)).toBe('running');
    expect(await store.handBack(id, place, losses + 1, mine)).toBe('cancel');
    // The worker hears nothing of it, and says nothing more. The sweeper looks.
    // The time of a look may be some ms behind that of Redis.
    await until('it is due', async () => (await open.due(0, 10)).includes(id), 5_000);
    expect(await open.check(id, home)).toBe('ended');
    expect(await field(client, id, 'status')).toBe('cancelled');
    expect(JSON.parse((await field(client, id, 'envelope'))!)).toMatchObject({
      error: { type: 'CANCELLED', started },
    });
    expect((await take(all)).taken).toEqual([]);
  },
);

test('a call that is handed back too late expires as never started', async () => {
  const all = await announced(serving('add'));
  const id = await submit('add', { expireAfterMs: 50 });
  const mine = claimRequest();
  await store.take(0, place, [mine], all.digest, false);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await store.handBack(id, place, 1, mine);
  expect(await store.expire(id, { ...place, env: 'default', function: 'add' })).toMatchObject({ status: 'expired' });
});

test('where a function does not load its calls are left to those who have it whole, as long as there are any', async () => {
  const [whole, broken] = [await announced(serving('add')), await announced(serving('mail', 'add'))];
  const first = await submit('add');
  expect(await take(broken)).toEqual({ taken: [], more: false });
  expect((await take(whole)).taken).toEqual([first]);
  // Nobody has said of late to have it whole.
  await client.zadd(`${readyKey(0, 'default', 'sync')}:servers`, Date.now() - 40_000, whole.digest);
  const second = await submit('add');
  expect((await take(broken)).taken).toEqual([second]);
});

test('calls that were without a worker for long do not make up for it: their function takes turns with the others', async () => {
  const [adds, both] = [await announced(serving('add')), await announced(serving('add mail'))];
  const mails = new Set<string>();
  for (let calls = 0; calls < 50; calls++) mails.add(await submit('mail'));
  for (let calls = 0; calls < 1_000; calls++) {
    await submit('add');
    await take(adds);
  }
  for (let calls = 0; calls < 50; calls++) await submit('add');
  // Who served them not until now serves both.
  const { taken } = await take(both, 40);
  const served = taken.filter((id) => mails.has(id)).length;
  expect(mails.has(taken[0])).toBe(true);
  expect(served).toBeGreaterThanOrEqual(19);
  expect(served).toBeLessThanOrEqual(21);
});

test('the last worker of a kind serves something else: nobody waits for that kind', async () => {
  const worker = new ServingStore(client, 'the only one');
  const [before, now] = [serving('add mail'), serving('mail', 'add')];
  await worker.announce(0, [place], before);
  const id = await submit('add');
  await worker.announce(0, [place], now, before.digest);
  expect((await take(now)).taken).toEqual([id]);
  await worker.retract(0, [place], now);
  expect(await client.exists(`${readyKey(0, 'default', 'sync')}:servers`)).toBe(0);
});
