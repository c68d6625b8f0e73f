/** What a record is made of, in a real Redis, and what is none. */
import { RETRY_DEFAULTS } from '@invoq/contract/retry';
import { InvocationStore } from '@invoq/store/invocation-store';
import { deadKey, failedKey, readyKey, openKey, recordKey } from '@invoq/store/keys/keys';
import { DueIndex } from '@invoq/store/background/due-index';
import { newRequestID } from '@invoq/store/keys/partition';
import { RecordReader } from '@invoq/store/record/record-reader';
import type { Submission } from '@invoq/store/submission/submission';
import { readCallSpec } from '@invoq/store/record/call-spec';
import { startRedis } from '../harness/redis-server';
import { field, hashOf } from './fields';
import { taken } from './taken';

let client: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>;
let store: InvocationStore;
let open: DueIndex;
let reader: RecordReader;
beforeAll(async () => {
  client = (await startRedis()).client();
  store = new InvocationStore(client);
  open = new DueIndex(client);
  reader = new RecordReader(client);
});

const home = { queue: 'default', lane: 'async', env: 'default', function: 'f' } as const;
const claimRequest = { worker: 'w', leaseMs: 5_000, tokenHash: 'hash' };

function submission(replyTo: string): Submission {
  return {
    requestID: newRequestID(0), env: 'default', function: 'f', queue: 'default', data: '{}', origin: '{}', depth: 2, replyTo,
    maxQueued: 100,
    plan: { mode: 'async', lane: 'async', timeoutMs: 5_000, expireAfterMs: 60_000, waitMs: 0, maxStarts: 3, priority: 4,
      retainMs: 60_000, retry: RETRY_DEFAULTS },
  }; // prettier-ignore
}

async function submitted(replyTo: string): Promise<string> {
  const one = submission(replyTo);
  await store.submit(one);
  return one.requestID;
}

test('the terms of a call are one field, and who runs it is told all of them', async () => {
  const requestID = await submitted('');
  const { terms, ...fields } = await client.hgetall(await hashOf(client, requestID));
  expect(readCallSpec(terms)).toEqual({ ...home, depth: 2, priority: 4, maxStarts: 3, queueAgeMs: 60_000, retry: RETRY_DEFAULTS }); // prettier-ignore
  const others = [
    'attempt',
    'data',
    'expiresAt',
    'mode',
    'origin',
    'queuedAt',
    'retainMs',
    'status',
    'timeoutMs',
    'turn',
  ];
  expect(Object.keys(fields).sort()).toEqual(others);
  expect(await open.homeOf(requestID)).toMatchObject({ ...home, attempt: 0 });
  const answer = { requestID, env: 'default', function: 'f', depth: 2, retry: RETRY_DEFAULTS, trace: '' };
  expect(await taken(client, store, home, claimRequest)).toMatchObject([answer]);
  expect(await reader.tokenHolder(requestID)).toMatchObject({
    tokenHash: 'hash',
    env: 'default',
    function: 'f',
    depth: 2,
  });
});

test('who runs a call learns how long it has waited since its time came, and how often its workers were lost', async () => {
  const aMinuteAgo = Date.now() - 60_000;
  const delayed = await submitted('');
  await client.hset(await hashOf(client, delayed), {
    queuedAt: aMinuteAgo - 60_000,
    runAt: aMinuteAgo,
    notBefore: aMinuteAgo,
  });
  const retried = await submitted('');
  await client.hset(await hashOf(client, retried), {
    queuedAt: aMinuteAgo - 60_000,
    attempt: 1,
    notBefore: aMinuteAgo,
  });
  const lost = await submitted('');
  await client.hset(await hashOf(client, lost), { queuedAt: aMinuteAgo, attempt: 2, losses: 2 });
  const plain = await submitted('');
  const claimRequests = ['1', '2', '3', '4'].map((tokenHash) => ({ ...claimRequest, tokenHash: `past-${tokenHash}` }));
  const claims = new Map((await taken(client, store, home, ...claimRequests)).map((claim) => [claim.requestID, claim]));
  const told = [delayed, retried, lost, plain].map((requestID) => {
    const { attempt, queueMs, ageMs, losses } = claims.get(requestID)!;
    return { attempt, losses, queued: Math.floor(queueMs / 60_000), age: Math.floor(ageMs / 60_000) };
  });
  expect(told).toEqual([
    { attempt: 1, losses: 0, queued: 1, age: 1 },
    { attempt: 2, losses: 0, queued: 1, age: 2 },
    { attempt: 3, losses: 2, queued: 1, age: 1 },
    { attempt: 1, losses: 0, queued: 0, age: 0 },
  ]);
});

test('what failed is a dead letter and a failure of its function, and keeps its data, however small it is; what succeeded is none', async () => {
  const ids = [submission(''), submission('')].map((one) => ({ ...one, plan: { ...one.plan, deadMs: 90_000 } }));
  for (const one of ids) await store.submit(one);
  const claimRequests = ['1', '2'].map((tokenHash) => ({ ...claimRequest, tokenHash: `ends-${tokenHash}` }));
  const [failed, succeeded] = await taken(client, store, home, ...claimRequests);
  const end = { home, attempt: 1, logs: '' };
  await Promise.all([
    store.finish({
      ...end,
      requestID: failed.requestID,
      ending: { outcome: 'crashed', type: 'FUNCTION_CRASHED', message: '' },
    }),
    store.finish({ ...end, requestID: succeeded.requestID, ending: { outcome: 'succeeded', result: '1' } }),
  ]);
  const letters = await client.zrange(deadKey(0), 0, '-1');
  expect(letters.map((letter) => letter.split('/').at(-1))).toEqual([failed.requestID]);
  expect(await client.zrange(failedKey(0, 'default', 'f'), 0, '-1')).toEqual([failed.requestID]);
  expect(await field(client, failed.requestID, 'data')).not.toBeNull();
  expect(await field(client, succeeded.requestID, 'data')).toBeNull();
  expect(await client.pttl(recordKey(failed.requestID))).toBeGreaterThan(60_000);
  expect(await client.pttl(recordKey(succeeded.requestID))).toBeLessThanOrEqual(60_000);
});

test('calls that are submitted together are told of one by one', async () => {
  const [first, second] = [submission(''), submission('')];
  const answer = await store.submitAll([first, { ...second, maxQueued: 0 }, first]);
  const kinds = answer.map((one) => (one.status === 'fulfilled' ? one.value.kind : one.reason));
  expect(kinds).toEqual(['new', 'full', 'new']);
  expect([await open.homeOf(first.requestID), await open.homeOf(second.requestID)]).toMatchObject([home, undefined]);
});

test('whoever waits is in the record, and nobody is not', async () => {
  const of = async (id: string): Promise<string | null> => field(client, id, 'replyTo');
  expect(await of(await submitted('a-channel'))).toBe('a-channel');
  expect(await of(await submitted(''))).toBeNull();
});

test('a record that this release cannot read is unknown to readers, and stays where it is', async () => {
  const requestID = newRequestID(0);
  await client.hset(await hashOf(client, requestID), {
    status: 'queued',
    attempt: 0,
    queuedAt: 1,
    expiresAt: 2,
    turn: 0,
  });
  await client.zadd(openKey(0), 0, requestID);
  expect(await reader.read(requestID)).toBeUndefined();
  expect(await reader.readLive(requestID, 0)).toBeUndefined();
  expect(await open.homeOf(requestID)).toBeUndefined();
  const line = readyKey(0, 'default', 'async');
  await client.zadd(line, 1, requestID);
  for (const terms of [undefined, 'not JSON', '7']) {
    if (terms !== undefined) await client.hset(await hashOf(client, requestID), 'terms', terms);
    expect(await open.check(requestID, home)).toBe('unread');
    expect(await client.zscore(line, requestID)).toBe('1');
    // Looked at again, and not at once: there may be thousands.
    expect(Number(await client.zscore(openKey(0), requestID))).toBeGreaterThan(Date.now() + 30_000);
  }
  // Nor does a worker's look take it out of the line.
  await taken(client, store, home, claimRequest);
  expect(await client.zscore(line, requestID)).toBe('1');
  await client.zrem(line, requestID);
  await client.del(recordKey(requestID));
  expect(await open.check(requestID, home)).toBe('gone');
  expect(await client.zscore(openKey(0), requestID)).toBeNull();
});
