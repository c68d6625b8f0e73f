/** Callbacks on their way, in a real Redis: entered with the end, by the same script; given to one worker at a time. */
import type { CallbackInput } from '@invoq/contract/callback';
import type { Ending, Outcome } from '@invoq/contract/outcome';
import { InvocationStore } from '@invoq/store/invocation-store';
import { deliveryKey, outboxKey, receiverKey, receiversKey, recordKey, undeliveredKey } from '@invoq/store/keys/keys';
import { FailingCallbacks } from '@invoq/store/callbacks/failing-callbacks';
import { envOf, type HeldDelivery, Outbox, receiverOf } from '@invoq/store/callbacks/outbox';
import { newRequestID } from '@invoq/store/keys/partition';
import { startRedis } from '../harness/redis-server';
import { taken as takenCalls } from './taken';
import { until } from '../harness/until';

const LEASE_MS = 60_000;
const URL_A = 'https://a.example/hook';
const URL_B = 'https://b.example/hook';
const place = { queue: 'default', lane: 'async', env: 'default', function: 'f' } as const;

let client: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>;
let store: InvocationStore;
let outbox: Outbox;
beforeAll(async () => {
  client = (await startRedis()).client();
  store = new InvocationStore(client);
  outbox = new Outbox(client);
});
beforeEach(() => client.flushdb());

async function accepted(callback?: CallbackInput, retainMs = 60_000): Promise<string> {
  const requestID = newRequestID(0);
  await store.submit({
    requestID, env: 'default', function: 'f', queue: 'default', data: '{}', origin: '{}', depth: 0, replyTo: '',
    maxQueued: 100, callback,
    plan: { mode: 'async', lane: 'async', timeoutMs: 5_000, expireAfterMs: 60_000, waitMs: 0, maxStarts: 3, priority: 0, retainMs },
  }); // prettier-ignore
  return requestID;
}

async function ended(url: string, events: Outcome[] = ['succeeded'], ending?: Ending): Promise<string> {
  const requestID = await accepted({ url, events });
  await takenCalls(client, store, place, { worker: 'w', leaseMs: LEASE_MS, tokenHash: requestID });
  await store.finish({
    requestID,
    home: place,
    attempt: 1,
    ending: ending ?? { outcome: 'succeeded', result: '7' },
    logs: '',
  });
  return requestID;
}

async function taken(requestID: string, url: string, holder: string, leaseMs = LEASE_MS): Promise<HeldDelivery> {
  await outbox.lineUp(0, 100);
  const held = await outbox.take(requestID, receiverOf('default', url), holder, leaseMs);
  if (!held) throw new Error(`${requestID} could not be taken`);
  return held;
}

const tried = { at: 1, outcome: 'failed', ms: 3 } as const;

test('an end that is asked for stands in the outbox with its webhook-id; others, and calls without a callback, do not', async () => {
  const answer = await ended(URL_A);
  await ended(URL_A, ['failed', 'lost']);
  const silent = await accepted();
  await store.cancel(silent, place);
  expect(await client.zrangebyscore(outboxKey(0), 0, '+inf')).toEqual([answer]);
  expect(await client.hget(recordKey(answer), 'webhookID')).toBe(`msg_${answer}_1`);
  expect(await client.hget(recordKey(silent), 'webhookID')).toBeNull();
});

test('every way to an end enters it: cancelled in the queue, too', async () => {
  const requestID = await accepted({ url: URL_A, events: ['cancelled'] });
  await store.cancel(requestID, place);
  expect(await taken(requestID, URL_A, 'h')).toMatchObject({ status: 'cancelled', webhookID: `msg_${requestID}_0` });
});

test('one worker at a time; what it says counts once, also when it is said twice', async () => {
  const requestID = await ended(URL_A);
  const held = await taken(requestID, URL_A, 'first');
  expect(held).toMatchObject({ try: 1, forced: false, url: URL_A, status: 'succeeded', env: 'default', function: 'f' });
  expect(JSON.parse(held.envelope)).toMatchObject({ code: 0, data: 7, requestID });
  // The same command again, as a connection that broke sends it.
  expect(await outbox.take(requestID, held.receiver, 'first', LEASE_MS)).toEqual(held);
  expect(await outbox.take(requestID, held.receiver, 'second', LEASE_MS)).toBeUndefined();
  const delivered = { ...tried, outcome: 'delivered', status: 204 } as const;
  expect(await outbox.settle({ ...held, holder: 'second' }, 'failed', 0, tried)).toBe(false);
  expect(await outbox.settle(held, 'delivered', 0, delivered)).toBe(true);
  expect(await outbox.settle(held, 'delivered', 0, delivered)).toBe(true);
  expect(await outbox.read(requestID)).toMatchObject({ state: 'delivered', tries: [delivered] });
  const left = await client.exists(outboxKey(0), receiversKey(0), receiverKey(0, held.receiver));
  expect(left).toBe(0);
  expect(await client.pttl(deliveryKey(requestID))).toBeGreaterThan(0);
});

test('a worker that died with it is followed by another one when its lease is over, and is fenced', async () => {
  const requestID = await ended(URL_A);
  const dead = await taken(requestID, URL_A, 'dead', 1);
  await new Promise((done) => setTimeout(done, 20));
  const held = await taken(requestID, URL_A, 'heir');
  expect(held).toMatchObject({ try: 2, webhookID: dead.webhookID });
  expect(await outbox.settle(dead, 'delivered', 0, tried)).toBe(false);
  await outbox.settle(held, 'pending', 1_000, tried);
  const { state, tries, nextAt } = await outbox.read(requestID);
  expect({ state, outcomes: tries.map(({ outcome }) => outcome) }).toEqual({
    state: 'pending',
    outcomes: ['unknown', 'failed'],
  });
  expect(nextAt).toBeGreaterThan(Date.now() - 60_000);
});

test('one that failed is listed until it is delivered, the newest failure first; what is past retention is forgotten', async () => {
  const failing = new FailingCallbacks(client, 1);
  const [first, second] = [await ended(URL_A), await ended(URL_B)];
  const idsIn = async (limit = 10) =>
    (await failing.page('default', limit)).callbacks.map(({ requestID }) => requestID);
  await outbox.settle(await taken(first, URL_A, 'once'), 'pending', 0, tried);
  await new Promise((done) => setTimeout(done, 5));
  await outbox.settle(await taken(second, URL_B, 'once'), 'failed', 0, tried);
  expect(await idsIn()).toEqual([second, first]);
  const { callbacks, next } = await failing.page('default', 1);
  expect(callbacks).toMatchObject([
    { requestID: second, function: 'f', view: { state: 'failed', callbackUrl: URL_B } },
  ]);
  expect((await failing.page('default', 1, next)).callbacks[0].requestID).toBe(first);
  expect((await failing.page('other', 10)).callbacks).toEqual([]);
  await outbox.giveBack(await taken(first, URL_A, 'left'), 0);
  expect(await idsIn()).toEqual([second, first]);
  await outbox.settle(await taken(first, URL_A, 'again'), 'delivered', 0, { ...tried, outcome: 'delivered' });
  expect(await idsIn()).toEqual([second]);
  expect(await client.pttl(undeliveredKey(0, 'default'))).toBeGreaterThan(0);
  await client.del(recordKey(second));
  expect(await idsIn()).toEqual([]);
  expect(await client.exists(undeliveredKey(0, 'default'))).toBe(0);
});

test('a failed one waits for its next try, in the line of its receiver alone', async () => {
  const [a, b] = [await ended(URL_A), await ended(URL_B)];
  await outbox.settle(await taken(a, URL_A, 'h'), 'pending', 60_000, tried);
  expect(await outbox.take(a, receiverOf('default', URL_A), 'h2', LEASE_MS)).toBeUndefined();
  // The time of a look may be some ms behind that of Redis.
  await until('it is due', async () => (await outbox.receiversDue(0, 10)).length > 0, 5_000);
  expect(await outbox.receiversDue(0, 10)).toEqual([receiverOf('default', URL_B)]);
  expect(await outbox.due(0, receiverOf('default', URL_B), 10)).toEqual([b]);
  expect(await outbox.depth(0)).toMatchObject({ depth: 2 });
});

test('one that is given back was not tried: it is due, its count stands, and nothing is told of it', async () => {
  const requestID = await ended(URL_A);
  await outbox.settle(await taken(requestID, URL_A, 'h'), 'pending', 0, tried);
  const held = await taken(requestID, URL_A, 'h2');
  expect(held.try).toBe(2);
  expect(await outbox.giveBack(held, 0)).toBe(true);
  // Sent again after a lost reply; fenced for whoever else held it once.
  expect(await outbox.giveBack(held, 0)).toBe(true);
  expect(await outbox.giveBack({ ...held, holder: 'h' }, 0)).toBe(false);
  expect(await outbox.read(requestID)).toMatchObject({ state: 'pending', tries: [{ outcome: 'failed' }] });
  expect((await taken(requestID, URL_A, 'h3')).try).toBe(2);
});

test('one that is given back after it was asked for anew begins at the first try', async () => {
  const requestID = await ended(URL_A);
  const held = await taken(requestID, URL_A, 'h');
  await outbox.resend(requestID);
  await outbox.giveBack(held, 0);
  expect((await taken(requestID, URL_A, 'h2')).try).toBe(1);
});

test('one origin is a receiver of each env by itself', () => {
  expect(receiverOf('a', URL_A)).toBe(receiverOf('a', `${URL_A}/other`));
  expect(receiverOf('a', URL_A)).not.toBe(receiverOf('b', URL_A));
  expect([envOf(receiverOf('a', URL_A)), envOf('as-it-was-before')]).toEqual(['a', '']);
});

test('sent again by request: now, from the first try on, forced, with the same webhook-id', async () => {
  const requestID = await ended(URL_A);
  const first = await taken(requestID, URL_A, 'h');
  await outbox.settle(first, 'gone', 0, { ...tried, outcome: 'gone' });
  expect(await outbox.resend(requestID)).toBe(true);
  expect(await outbox.read(requestID)).toMatchObject({ state: 'pending', tries: [{ outcome: 'gone' }] });
  expect(await taken(requestID, URL_A, 'h2')).toMatchObject({ try: 1, forced: true, webhookID: first.webhookID });
  // While it is being sent, it is not sent a second time.
  expect(await outbox.resend(requestID)).toBe(true);
  expect(await outbox.take(requestID, first.receiver, 'h3', LEASE_MS)).toBeUndefined();
});

test('there is nothing to send again without an end, or without a callback', async () => {
  expect(await outbox.resend(await accepted({ url: URL_A, events: ['succeeded'] }))).toBe(false);
  expect(await outbox.resend(await accepted())).toBe(false);
  expect(await outbox.resend(newRequestID(0))).toBe(false);
});

test('what is past retention leaves no trace', async () => {
  const [fresh, lined] = [await ended(URL_A), await ended(URL_B)];
  await client.del(recordKey(fresh));
  await outbox.lineUp(0, 100);
  await client.del(recordKey(lined));
  expect(await outbox.take(lined, receiverOf('default', URL_B), 'h', LEASE_MS)).toBeUndefined();
  expect(await outbox.depth(0)).toEqual({ depth: 0, oldestMs: 0 });
  expect(await client.exists(receiversKey(0), receiverKey(0, receiverOf('default', URL_B)), deliveryKey(lined))).toBe(
    0,
  );
});
