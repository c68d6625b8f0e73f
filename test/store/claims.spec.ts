/** What a worker learns of a call that it is given: of a packed record, which it reads itself, and of a hash. */
import type { Submission } from '@invoq/store/submission/submission';
import { laneKeys } from '@invoq/store/keys/lane-ref';
import { openKey, recordKey, tookKey } from '@invoq/store/keys/keys';
import { InvocationStore } from '@invoq/store/invocation-store';
import { newRequestID } from '@invoq/store/keys/partition';
import { readDispatched } from '@invoq/store/ready-queue/offers';
import { startRedis } from '../harness/redis-server';
import { home, plainCall, plan } from './plain-call';
import { claimsFor } from './taken';

let client: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>;
let store: InvocationStore;
beforeAll(async () => {
  client = (await startRedis()).client();
  store = new InvocationStore(client);
});
beforeEach(() => client.flushdb());

const by = (tokenHash: string) => ({ worker: 'w', leaseMs: 6_000, tokenHash });

const take = (...tokenHashes: string[]) => claimsFor(client, store, home, ...tokenHashes.map(by));

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
/** Data with a line break make a hash of it. */
const FORMS: [string, Partial<Submission>][] = [
  ['packed', {}],
  ['hash', { data: '{\n"text":1}' }],
];

describe.each(FORMS)('of a %s', (form, more) => {
  const submit = async (rest: Partial<Submission> = {}) => {
    const call = plainCall({ origin: '{"ip":"::1","userAgent":"a b"}', ...more, ...rest });
    expect(await store.submit(call)).toMatchObject({ kind: 'new' });
    expect(await client.type(recordKey(call.requestID))).toBe(form === 'packed' ? 'string' : 'hash');
    return call;
  };

  it('tells all that its run needs', async () => {
    const call = await submit({ trace: TRACE, depth: 2 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const [claim] = await take('token');
    expect(claim).toEqual({
      requestID: call.requestID, attempt: 1, limitMs: 5_000, mode: 'sync', env: 'default', function: 'f', data: call.data,
      origin: call.origin, depth: 2, trace: TRACE, losses: 0, retainMs: 60_000, retry: undefined,
      remainingMs: expect.any(Number), queueMs: expect.any(Number), ageMs: expect.any(Number), claimedAt: expect.any(Number),
    }); // prettier-ignore
    const { remainingMs, queueMs, ageMs, claimedAt } = claim!;
    expect(queueMs).toBeGreaterThanOrEqual(29);
    expect(queueMs).toBeLessThan(1_000);
    // Its time in the queue is part of a sync call's time.
    expect(remainingMs).toBe(5_000 - queueMs);
    expect(ageMs).toBe(queueMs);
    expect(Math.abs(claimedAt - Date.now())).toBeLessThan(1_000);
  });

  it('gives an async call its whole limit, however long it waited', async () => {
    await submit({ plan: { ...plan, mode: 'async', lane: 'sync', timeoutMs: 7_000 } });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const [claim] = await take('token');
    expect(claim).toMatchObject({ mode: 'async', limitMs: 7_000, remainingMs: 7_000 });
  });

  it('is the same for a command that is sent again, but for the time that has passed', async () => {
    await submit();
    const [first] = await take('token');
    await new Promise((resolve) => setTimeout(resolve, 30));
    const [again] = await take('token');
    const passed = first!.remainingMs - again!.remainingMs;
    expect(passed).toBeGreaterThanOrEqual(29);
    expect(passed).toBeLessThan(1_000);
    const later = { remainingMs: first!.remainingMs - passed, queueMs: first!.queueMs + passed };
    expect(again).toEqual({
      ...first, ...later, ageMs: later.queueMs, claimedAt: first!.claimedAt + passed,
    }); // prettier-ignore
  });

  it('is no other token’s, whatever a note says', async () => {
    const { requestID } = await submit();
    await take('token');
    for (const other of ['toke', 'oken', 'token-2', '']) {
      await client.set(tookKey(0, other), requestID);
      expect(await take(other)).toEqual([undefined]);
    }
  });

  it('is no other’s while it runs, and once it has ended, though it stands in its queue again', async () => {
    const { requestID } = await submit();
    const { ready } = laneKeys(0, home);
    const stand = async () => {
      await client.zadd(`${ready}:of:default:f`, 0, requestID);
      await client.zadd(`${ready}:fronts`, 0, 'default:f');
    };
    expect(await take('token')).toMatchObject([{ requestID }]);
    await stand();
    expect(await take('other')).toEqual([]);
    const ending = { outcome: 'succeeded', result: '1' } as const;
    expect(await store.finish({ requestID, home, attempt: 1, ending, logs: '' })).toMatchObject({ recorded: true });
    await stand();
    expect(await take('other')).toEqual([]);
  });

  it('is nobody’s when it expires before it is taken', async () => {
    const { requestID } = await submit({ plan: { ...plan, expireAfterMs: 20 } });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await take('token')).toEqual([]);
    expect(await client.zscore(openKey(0), requestID)).not.toBeNull();
  });
});

test('a text that is dispatched is read as a claim, and one that no release has written is refused', async () => {
  const { requestID } = plainCall();
  await store.submit(plainCall({ requestID }));
  await take('token');
  const text = (await client.get(recordKey(requestID)))!;
  expect(readDispatched(`${requestID}\n${text}`)).toMatchObject({
    claim: { requestID, function: 'f', remainingMs: expect.any(Number) },
    claimRequest: by('token'),
  });
  const waiting = text.slice(0, text.lastIndexOf('\n'));
  const ended = text.replace('open', 'succeeded');
  for (const other of ['', 'open', waiting, `${waiting}\n`, ended, '1\n2\n3\n4\n5\n6']) {
    expect(() => readDispatched(`${requestID}\n${other}`)).toThrow(SyntaxError);
  }
});

test('a queue that many calls come to at once is no list that Redis walks, and holds those calls alone', async () => {
  const ids = Array.from({ length: 12 }, () => newRequestID(0));
  const [open, { queued, ready }] = [openKey(0), laneKeys(0, home)];
  const own = `${ready}:of:default:f`;
  await store.submit(plainCall({ requestID: ids[0] }));
  for (const key of [open, queued, own]) expect(await client.object('ENCODING', key)).toBe('listpack');
  await take('first');
  await Promise.all(ids.slice(1).map((requestID) => store.submit(plainCall({ requestID }))));
  for (const key of [open, queued, own]) expect(await client.object('ENCODING', key)).toBe('skiplist');
  expect(new Set(await client.zrange(open, '0', '-1'))).toEqual(new Set(ids));
  for (const key of [queued, own]) expect(new Set(await client.zrange(key, '0', '-1'))).toEqual(new Set(ids.slice(1)));
});
