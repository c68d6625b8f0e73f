/** Offers and dispatched calls, as the scripts keep them; the model of the record protocol plays them in random histories. */
import type { Redis } from 'ioredis';
import { DueIndex } from '@invoq/store/background/due-index';
import { InvocationStore } from '@invoq/store/invocation-store';
import { callsKey, dispatchedKey, openKey, recordKey } from '@invoq/store/keys/keys';
import type { AttemptEnd } from '@invoq/store/outcomes/finishes';
import { OfferStore, readDispatched } from '@invoq/store/ready-queue/offers';
import { servedName, servingOf } from '@invoq/store/ready-queue/serving';
import type { Submission } from '@invoq/store/submission/submission';
import { type RedisServer, startRedis } from '../harness/redis-server';
import { home, plainCall, plan } from './plain-call';
import { taken } from './taken';

let server: RedisServer;
let client: Redis;
let store: InvocationStore;
beforeAll(async () => {
  server = await startRedis();
  client = server.client();
  store = new InvocationStore(client);
});
beforeEach(async () => {
  await client.flushdb();
});
afterAll(() => server.stop());

const { digest } = servingOf([servedName('default', 'f')], []);
const right = (tokenHash: string) => ({ worker: 'w', leaseMs: 5_000, tokenHash });
const list = dispatchedKey(0, 'default', 'sync', 'w');
const offers = `{invoq:0}:line:default:sync:offers:${digest}`;

async function submitted(more: Partial<Submission> = {}): Promise<string> {
  const one = plainCall({ trace: '00-ab-cd-01', ...more });
  expect(await store.submit(one)).toMatchObject({ kind: 'new' });
  return one.requestID;
}

/** A call is taken and ends; where nobody waits its end leaves an offer with this token. It lasts, as the machine may be busy. */
async function offered(token: string): Promise<void> {
  await offeredBriefly(token);
  const text = (await client.lindex(offers, 0))!;
  await client.lset(
    offers,
    0,
    text.replace(/\d+$/, (until) => String(Number(until) + 60_000)),
  );
}

async function offeredBriefly(token: string): Promise<void> {
  const requestID = await submitted();
  await taken(client, store, home, right(`before-${token}`));
  const then = { claimRequest: right(token), digest, offers: true };
  const end = { requestID, home, attempt: 1, ending: { outcome: 'succeeded', result: '1' }, logs: '', then } as const;
  expect(await store.finish(end)).toEqual({ recorded: true, permitted: undefined, offered: true });
  // Sent again, as by a connection that broke: the answer is the same, and there is one offer.
  expect(await store.finish(end)).toMatchObject({ recorded: true, offered: true });
  expect(await client.llen(offers)).toBe(1);
}

test('a call that comes soon is started at once, and its worker reads all that a take would say', async () => {
  await offered('next');
  const requestID = await submitted();
  expect(await client.llen(offers)).toBe(0);
  const { claim, claimRequest } = readDispatched((await client.lpop(list))!);
  expect(claimRequest).toEqual(right('next'));
  expect(claim).toEqual({
    requestID,
    attempt: 1,
    remainingMs: 5_000,
    limitMs: 5_000,
    mode: 'sync',
    env: 'default',
    function: 'f',
    data: '{"text":"ü\\n- -"}',
    origin: '{"ip":"::1"}',
    depth: 0,
    trace: '00-ab-cd-01',
    queueMs: 0,
    retry: undefined,
    losses: 0,
    ageMs: 0,
    retainMs: 60_000,
    claimedAt: expect.any(Number) as number,
  });
  const end = { requestID, home, attempt: 1, ending: { outcome: 'succeeded', result: '2' }, logs: '' } as const;
  expect(await store.finish(end)).toMatchObject({ recorded: true });
  expect(await client.zcard(openKey(0))).toBe(0);
});

test('of several calls that come together one is dispatched, and the others are taken in their order', async () => {
  await offered('next');
  const all = await Promise.all([submitted(), submitted(), submitted()]);
  expect(readDispatched((await client.lpop(list))!).claim.requestID).toBe(all[0]);
  const claims = await taken(client, store, home, right('a'), right('b'), right('c'));
  expect(claims.map(({ requestID }) => requestID)).toEqual(all.slice(1));
});

test('an offer is over after 20 ms, and the call waits in its line', async () => {
  await offeredBriefly('next');
  await new Promise((resolve) => setTimeout(resolve, 40));
  const requestID = await submitted();
  expect(await client.exists(list, offers)).toBe(0);
  expect(await taken(client, store, home, right('a'))).toMatchObject([{ requestID }]);
});

test.each([
  ['an Idempotency-Key', { idempotency: { key: 'k', bodyHash: 'h', keepMs: 60_000 } }],
  ['data of 5 KB', { data: `"${'x'.repeat(5_000)}"` }],
  ['a limit of its function', { plan: { ...plan, maxRunning: 3 } }],
  ['another function', { function: 'g' }],
])('a call with %s is not dispatched', async (_, more) => {
  await offered('next');
  await submitted(more);
  expect(await client.exists(list)).toBe(0);
  expect(await client.llen(offers)).toBe(1);
});

test('what its worker does not read is taken back at no cost to the call', async () => {
  await offered('next');
  const requestID = await submitted();
  const open = new DueIndex(client);
  expect(await open.due(0, 10, -600)).toEqual([requestID]);
  expect(await open.check(requestID, home)).toBe('later');
  expect(await client.exists(list)).toBe(0);
  expect(await taken(client, store, home, right('other'))).toMatchObject([{ requestID, attempt: 1, losses: 0 }]);
  // Who was to have it has no right to it any more.
  expect(await store.handBack(requestID, home, 1, right('next'))).toBe('lost');
});

test('what its worker has read stays packed, and is checked again when its lease is over', async () => {
  await offered('next');
  const requestID = await submitted();
  await client.lpop(list);
  const open = new DueIndex(client);
  expect(await open.check(requestID, home)).toBe('later');
  expect(await client.type(recordKey(requestID))).toBe('string');
  expect(await open.due(0, 10, -600)).toEqual([]);
  expect(await open.dueIn(0)).toBeGreaterThan(4_000);
});

test('a call that is sent again is accepted once, and takes no second offer', async () => {
  await offered('next');
  const one = plainCall();
  expect(await store.submit(one)).toMatchObject({ kind: 'new' });
  const text = await client.get(recordKey(one.requestID));
  await client.del(list);
  await offered('second');
  expect(await store.submit(one)).toMatchObject({ kind: 'new' });
  expect(await client.get(recordKey(one.requestID))).toBe(text);
  expect(await client.exists(list)).toBe(0);
  expect(await client.llen(offers)).toBe(1);
});

test('a call that is dispatched is in both lists of calls', async () => {
  await offered('next');
  const requestID = await submitted();
  for (const key of [callsKey(0, 'default', 'f'), '{invoq:0}:calls:default']) {
    expect(await client.zscore(key, requestID)).not.toBeNull();
  }
});

describe('the end of a call that is alone', () => {
  const then = { claimRequest: right('next'), digest, offers: true };
  const endOf = (requestID: string, more: Partial<AttemptEnd> = {}): AttemptEnd => ({
    requestID, home, attempt: 1, ending: { outcome: 'succeeded', result: '1' }, logs: '', then, ...more,
  }); // prettier-ignore

  async function running(): Promise<string> {
    const requestID = await submitted();
    await taken(client, store, home, right('before'));
    return requestID;
  }

  test('tells the API that waits for it', async () => {
    const subscriber = client.duplicate();
    const told: string[] = [];
    await subscriber.subscribe('channel');
    subscriber.on('message', (_, message) => told.push(message));
    const requestID = await running();
    expect(await store.finish(endOf(requestID))).toMatchObject({ offered: true });
    await subscriber.ping();
    subscriber.disconnect();
    expect(told).toEqual([expect.stringMatching(new RegExp(`^${requestID} succeeded \\{"code":0,"data":1,`))]);
  });

  test('brings the next one where one waits, and leaves no offer', async () => {
    const requestID = await running();
    const next = await submitted();
    expect(await store.finish(endOf(requestID))).toMatchObject({ recorded: true, next: { requestID: next } });
    expect(await client.exists(offers)).toBe(0);
  });

  test('of an attempt that does not run is fenced', async () => {
    const requestID = await running();
    const text = await client.get(recordKey(requestID));
    expect(await store.finish(endOf(requestID, { attempt: 2 }))).toEqual({ recorded: false });
    expect(await client.get(recordKey(requestID))).toBe(text);
  });

  test('that failed is recorded as failed', async () => {
    const requestID = await running();
    const ending = { outcome: 'failed', type: 'FUNCTION_ERROR', message: 'no' } as const;
    expect(await store.finish(endOf(requestID, { ending }))).toMatchObject({ recorded: true });
    expect(await client.hget(recordKey(requestID), 'status')).toBe('failed');
  });
});

test('an offer that is withdrawn tells of the call that came under it', async () => {
  const withdraw = (token = 'next') => new OfferStore(client).withdraw(0, home, digest, right(token));
  await offered('unused');
  expect(await withdraw('unused')).toEqual({ isTaken: false, dispatched: [] });
  expect(await client.exists(offers)).toBe(0);
  await offered('next');
  const requestID = await submitted();
  expect(await withdraw()).toEqual({ isTaken: true, dispatched: [expect.stringContaining(requestID)] });
  // Its text was lost after that: the same token has the same call.
  expect(await withdraw()).toEqual({ isTaken: true, dispatched: [] });
  const again = await store.take(0, home, [right('next')], digest, false);
  expect(again).toMatchObject({ claims: [{ requestID, attempt: 1 }] });
});
