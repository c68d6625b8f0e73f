/** Calls that are accepted, and ends that are told, in one command each: at a real Redis. */
import type { Outcome } from '@invoq/contract/outcome';
import type { AttemptEnd, Finished } from '@invoq/store/outcomes/finishes';
import { InvocationStore } from '@invoq/store/invocation-store';
import { openKey, outboxKey, recordKey } from '@invoq/store/keys/keys';
import { newRequestID } from '@invoq/store/keys/partition';
import { servingOf } from '@invoq/store/ready-queue/serving';
import { withScripts } from '@invoq/store/scripts/scripts';
import type { Submission } from '@invoq/store/submission/submission';
import { startRedis } from '../harness/redis-server';
import { field, fields, hashOf } from './fields';
import { taken } from './taken';

let server: Awaited<ReturnType<typeof startRedis>>;
let client: ReturnType<typeof server.client>;
let store: InvocationStore;
beforeAll(async () => {
  server = await startRedis();
  client = server.client();
  store = new InvocationStore(client);
});
beforeEach(async () => {
  await client.flushdb();
});

const home = { queue: 'default', lane: 'sync', env: 'default', function: 'f' } as const;
const CHANNEL = 'channel';
const RETURNED = { outcome: 'succeeded', result: '1' } as const;

function submission(more: Partial<Submission> = {}): Submission {
  return {
    requestID: newRequestID(0), env: 'default', function: 'f', queue: 'default', data: '{}', origin: '{}', depth: 0,
    replyTo: CHANNEL, maxQueued: 100,
    plan: { mode: 'sync', lane: 'sync', timeoutMs: 5_000, expireAfterMs: 5_000, waitMs: 5_000, maxStarts: 1, priority: 0,
      retainMs: 60_000 },
    ...more,
  }; // prettier-ignore
}

const submitAll = (all: Submission[]) => Promise.all(all.map((one) => store.submit(one)));
const claimRequest = (tokenHash: string) => ({ worker: 'w', leaseMs: 5_000, tokenHash });
const endOf = (requestID: string, attempt = 1): AttemptEnd => ({
  requestID,
  home,
  attempt,
  ending: RETURNED,
  logs: '',
});

/** Without the notes of activity, one a second at most. */
async function commandsOf(act: () => Promise<unknown>): Promise<number> {
  let notes = 0;
  withScripts(client).invoqNotes.onNote(() => notes++);
  await client.config('RESETSTAT');
  await act();
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0) - notes;
}

async function announcements(act: () => Promise<unknown>): Promise<string[]> {
  const received: string[] = [];
  const listener = server.client();
  listener.on('message', (_, message: string) => received.push(message));
  await listener.subscribe(CHANNEL);
  await act();
  await listener.ping();
  listener.disconnect();
  return received;
}

test('plain calls of one function are one command; each has a turn of its own, in the order they came', async () => {
  const all = Array.from({ length: 5 }, () => submission());
  expect(await commandsOf(() => submitAll(all))).toBe(1);
  const turns = await Promise.all(all.map(({ requestID }) => field(client, requestID, 'turn')));
  expect(turns).toEqual(['0', '1', '2', '3', '4']);
  const claims = await taken(client, store, home, ...[1, 2, 3, 4, 5].map((n) => claimRequest(`t${n}`)));
  expect(claims.map(({ requestID }) => requestID)).toEqual(all.map(({ requestID }) => requestID));
});

test('calls that differ in their data alone keep their own', async () => {
  const all = ['{"n":1}', '{"n":2}'].map((data) => submission({ data, replyTo: data === '{"n":1}' ? '' : CHANNEL }));
  await submitAll(all);
  for (const { requestID, data, replyTo } of all)
    expect(await fields(client, requestID, 'data', 'replyTo')).toEqual([data, replyTo || null]);
});

test('a lane that fills up takes the first of them and refuses the others', async () => {
  const all = Array.from({ length: 4 }, () => submission({ maxQueued: 2 }));
  const reply = await submitAll(all);
  expect(reply.map(({ kind }) => kind)).toEqual(['new', 'new', 'full', 'full']);
  expect(reply[3]).toEqual({ kind: 'full', depth: 2 });
  expect(await client.exists(...all.map(({ requestID }) => recordKey(requestID)))).toBe(2);
});

test('the same command twice accepts once', async () => {
  const all = Array.from({ length: 3 }, () => submission());
  await submitAll(all);
  const one = submission();
  expect((await submitAll([...all, one])).map(({ kind }) => kind)).toEqual(['new', 'new', 'new', 'new']);
  expect(await client.zcard('{invoq:0}:queued:default:sync')).toBe(4);
});

test('ends are one command and one message; a fenced one among them harms no other', async () => {
  const all = Array.from({ length: 3 }, () => submission());
  await submitAll(all);
  await taken(client, store, home, ...['a', 'b', 'c'].map(claimRequest));
  const ids = all.map(({ requestID }) => requestID);
  let finished: unknown;
  const received = await announcements(async () => {
    finished = await Promise.all([endOf(ids[0]), endOf(ids[1], 7), endOf(ids[2])].map((end) => store.finish(end)));
  });
  expect(finished).toMatchObject([{ recorded: true }, { recorded: false }, { recorded: true }]);
  expect(received).toHaveLength(1);
  expect(received[0].split('\x1e').map((one) => one.split(' ', 2))).toEqual([
    [''],
    [ids[0], 'succeeded'],
    [ids[2], 'succeeded'],
  ]);
  expect(await field(client, ids[1], 'status')).toBe('running');
});

test('those who go on have the next calls, in their order, and whoever does not go on has none', async () => {
  const all = Array.from({ length: 5 }, () => submission());
  await submitAll(all);
  const ids = all.map(({ requestID }) => requestID);
  await taken(client, store, home, ...['a', 'b', 'c'].map(claimRequest));
  const { digest } = servingOf(['default:f'], []);
  const goingOn = (token: string) => ({ then: { claimRequest: claimRequest(token), digest } });
  const reply = await Promise.all([
    store.finish({ ...endOf(ids[0]), ...goingOn('x') }),
    store.finish(endOf(ids[1])),
    store.finish({ ...endOf(ids[2]), ...goingOn('z') }),
  ]);
  const next = reply.map((one) => (one.recorded ? one.next?.requestID : 'fenced'));
  expect(next).toEqual([ids[3], undefined, ids[4]]);
});

test('an end that stands twice in one command counts once: it is announced once, and brings one next call', async () => {
  await submitAll([1, 2, 3].map(() => submission()));
  const [claim] = await taken(client, store, home, claimRequest('first'));
  const { digest } = servingOf(['default:f'], []);
  let finished: Finished[] = [];
  const messages = await announcements(async () => {
    const claimRequests = ['one', 'other'].map(claimRequest);
    const ends = claimRequests.map((mine) => ({ ...endOf(claim.requestID), then: { claimRequest: mine, digest } }));
    finished = await Promise.all(ends.map((end) => store.finish(end)));
  });
  expect(messages).toHaveLength(1);
  expect(messages[0].split(`${claim.requestID} `)).toHaveLength(2);
  expect(finished.map((one) => one.recorded)).toEqual([true, true]);
  expect(finished.filter((one) => one.recorded && one.next)).toHaveLength(1);
});

test('ends of all kinds may be one command: each has its answer at its place, and all who wait hear of it', async () => {
  const callback = { url: 'https://receiver.example', events: ['succeeded'] as Outcome[] };
  const all = [submission(), submission({ callback }), submission(), submission()];
  await submitAll(all);
  await store.watch(all[2].requestID, 'other');
  const claims = await taken(client, store, home, ...[1, 2, 3, 4].map((n) => claimRequest(`k${n}`)));
  const ids = claims.map(({ requestID }) => requestID);
  let finished: unknown[] = [];
  const messages = await announcements(async () => {
    finished = await Promise.all([endOf(ids[0]), endOf(ids[1], 2), endOf(ids[2]), endOf(ids[1]), endOf(ids[3])].map((end) => store.finish(end))); // prettier-ignore
  });
  const recorded = { recorded: true };
  expect(finished).toMatchObject([recorded, { recorded: false }, recorded, recorded, recorded]);
  const heard = messages.join('\x1e').split('\x1e').flatMap((one) => one.split(' ')[0] || []); // prettier-ignore
  expect(heard.sort()).toEqual([...ids].sort());
  expect(await client.zrange(outboxKey(0), 0, '-1')).toEqual(all.flatMap((one) => (one.callback ? one.requestID : [])));
  for (const id of ids) expect(await client.pttl(recordKey(id))).toBeGreaterThan(0);
  expect(await client.zcard(openKey(0))).toBe(0);
});

describe('leases that are renewed together', () => {
  async function running(count: number): Promise<string[]> {
    await submitAll(Array.from({ length: count }, () => submission()));
    const tokens = Array.from({ length: count }, (_, n) => claimRequest(`t${n}`));
    return (await taken(client, store, home, ...tokens)).map(({ requestID }) => requestID);
  }
  const LEASE_MS = 5_000;
  const renewAll = (ids: string[], attempt = (_: string): number => 1) =>
    Promise.all(ids.map((id) => store.renew(id, attempt(id), LEASE_MS)));

  test('are one command, and two inside it for each call', async () => {
    const ids = await running(20);
    // The first renewal makes hashes of them.
    await renewAll(ids);
    expect(await commandsOf(() => renewAll(ids))).toBe(1);
    const stats = await client.info('commandstats');
    const calls = [...stats.matchAll(/^cmdstat_(?!config|info)[^:]+:calls=(\d+)/gm)];
    // The script itself, the time, the places in the index of what is due.
    expect(calls.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(2 * ids.length + 3);
  });

  test('each has its own answer: what was cancelled is kept and told so, what is lost is left alone', async () => {
    const ids = await running(4);
    await client.hset(await hashOf(client, ids[1]), 'cancelAsked', '1', 'suspectAt', '5');
    await client.hset(await hashOf(client, ids[2]), 'leaseUntil', '7');
    expect(await renewAll(ids, (id) => (id === ids[2] ? 2 : 1))).toEqual(['kept', 'cancel', 'lost', 'kept']);
    expect(await fields(client, ids[2], 'leaseUntil')).toEqual(['7']);
    const [until, suspectAt] = await fields(client, ids[1], 'leaseUntil', 'suspectAt');
    expect(suspectAt).toBeNull();
    const [seconds] = await client.time();
    expect(Number(until)).toBeGreaterThan(Number(seconds) * 1_000 + LEASE_MS - 2_000);
    // The sweeper looks when the lease is over: what runs stands before all that waits.
    const due = await Promise.all(ids.map((id) => client.zscore(openKey(0), id)));
    for (const n of [0, 1, 3]) expect(Number(due[n]) + 1e15).toBe(Number(until));
  });

  test('one whose record cannot be read loses the others nothing', async () => {
    const ids = await running(3);
    await client.del(recordKey(ids[1]));
    await client.set(recordKey(ids[1]), 'not a record');
    const answers = await Promise.allSettled(ids.map((id) => store.renew(id, 1, LEASE_MS)));
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed'))).toEqual([
      'kept',
      'failed',
      'kept',
    ]);
  });
});
