/** A plain call's record is one text. Whoever reads it, in either language, and whatever becomes of it, it says the same. */
import type { Redis } from 'ioredis';
import { InvocationStore } from '@invoq/store/invocation-store';
import { recordKey } from '@invoq/store/keys/keys';
import { readPacked } from '@invoq/store/record/packed-record';
import { PackedRecords } from '@invoq/store/record/packed-records';
import { RecordReader } from '@invoq/store/record/record-reader';
import { servedName, servingOf } from '@invoq/store/ready-queue/serving';
import type { Submission } from '@invoq/store/submission/submission';
import { type RedisServer, startRedis } from '../harness/redis-server';
import { hashOf } from './fields';
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

async function submitted(more: Partial<Submission> = {}): Promise<string> {
  const one = plainCall(more);
  expect(await store.submit(one)).toMatchObject({ kind: 'new' });
  return one.requestID;
}

const token = (tokenHash = 'hash') => ({ worker: '3-w', leaseMs: 5_000, tokenHash });
const end = (requestID: string, result = '"a\\nb"') =>
  store.finish({
    requestID,
    home,
    attempt: 1,
    ending: { outcome: 'succeeded', result },
    logs: '',
    used: { runMs: 1.5 },
  });
const typeOf = (id: string): Promise<string> => client.type(recordKey(id));

/** What the text says, and then what the hash that is made of it says. */
async function bothShapes(id: string): Promise<[Record<string, string>, Record<string, string>]> {
  expect(await typeOf(id)).toBe('string');
  const read = readPacked((await client.get(recordKey(id)))!)!;
  return [Object.fromEntries(read), await client.hgetall(await hashOf(client, id))];
}

const MORE: [string, Partial<Submission>][] = [
  ['that nobody waits for', { replyTo: '' }],
  ['with a trace', { trace: '00-1-2-01 vendor=a b' }],
  ['whose data are kept', { plan: { ...plan, keepData: 'all', deadMs: 90_000, askedMs: 3_000 } }],
  ['with nothing more', {}],
];

test.each(MORE)(
  'a call %s says the same in both shapes, while it waits, runs, and when it has succeeded',
  async (_, more) => {
    const [waits, runs, ended] = [await submitted(more), await submitted(more), await submitted(more)];
    const [text, hash] = await bothShapes(waits);
    expect(text).toEqual(hash);
    expect(hash).toMatchObject({
      status: 'queued',
      attempt: '0',
      data: plainCall().data,
      origin: '{"ip":"::1"}',
      turn: '0',
    });
    expect(hash.replyTo).toBe(more.replyTo === '' ? undefined : 'channel');
    expect(hash.traceparent).toBe(more.trace);

    expect(await taken(client, store, home, ...['a', 'b', 'c'].map(token))).toMatchObject([
      { requestID: waits, attempt: 1 },
      { requestID: runs, attempt: 1, data: plainCall().data, trace: more.trace ?? '' },
      { requestID: ended },
    ]);
    const [running, runningHash] = await bothShapes(runs);
    expect(running).toEqual(runningHash);
    expect(running).toMatchObject({ status: 'running', attempt: '1', worker: '3-w', tokenHash: 'b', leaseMs: '5000' });

    expect(await end(ended)).toMatchObject({ recorded: true });
    expect(await end(runs)).toMatchObject({ recorded: true });
    const other = await client.hgetall(recordKey(runs));
    if (more.plan) {
      expect(await typeOf(ended)).toBe('hash');
      expect(other.data).toBe(plainCall().data);
      return;
    }
    const [done, doneHash] = await bothShapes(ended);
    expect(done).toEqual(doneHash);
    // As the end of a record that was a hash before.
    const { envelope, ...rest } = doneHash;
    const times = Object.keys(rest).filter((name) => name.endsWith('At') || name === 'deadline' || name === 'turn');
    for (const name of times) delete rest[name];
    expect(other).toMatchObject(rest);
    expect(Object.keys(other).sort()).toEqual(Object.keys(doneHash).sort());
    expect(JSON.parse(envelope)).toMatchObject({ code: 0, data: 'a\nb', requestID: ended });
  },
);

test.each([
  ['data with a line break', { data: '{\n}' }],
  ['a callback', { callback: { url: 'https://receiver.example', events: ['succeeded' as const] } }],
  ['notes', { notes: { tags: ['a'] } }],
  ['an Idempotency-Key', { idempotency: { key: 'k', bodyHash: 'h', keepMs: 1_000 } }],
])('a call with %s has a hash from the start', async (_, more) => {
  expect(await typeOf(await submitted(more))).toBe('hash');
});

test('while the release before must read it, each record is a hash', async () => {
  const one = plainCall();
  await new InvocationStore(client, () => 2).submit(one);
  expect(await typeOf(one.requestID)).toBe('hash');
  expect(await taken(client, store, home, token())).toMatchObject([{ requestID: one.requestID, data: one.data }]);
  expect(await end(one.requestID)).toMatchObject({ recorded: true });
});

test('the same end twice is recorded once, and the same take has the same claim, also once it is packed', async () => {
  const [first, second] = [await submitted(), await submitted()];
  await taken(client, store, home, token('a'));
  const next = { claimRequest: token('b'), digest: servingOf([servedName('default', 'f')], []).digest };
  const ends = {
    requestID: first,
    home,
    attempt: 1,
    ending: { outcome: 'succeeded', result: '1' },
    logs: '',
    then: next,
  } as const;
  const finished = { recorded: true, next: { requestID: second, attempt: 1 } };
  expect(await store.finish(ends)).toMatchObject(finished);
  expect(await store.finish(ends)).toMatchObject(finished);
  expect(await store.finish({ ...ends, ending: { outcome: 'succeeded', result: '2' } })).toEqual({ recorded: false });
  expect(await store.finish({ ...ends, requestID: second, attempt: 2, then: undefined })).toEqual({ recorded: false });
});

test('all are made hashes for the release before, and are kept as long as before; what is no record stays', async () => {
  const ids = await Promise.all(Array.from({ length: 1_200 }, () => submitted({ maxQueued: 2_000 })));
  const claims = await taken(client, store, home, token('a'));
  await end(claims[0].requestID);
  await client.set('{invoq:0}:inv:not-ours', 'text');
  expect(await new PackedRecords(client).unpackAll()).toBe(ids.length + 1);
  const types = await Promise.all(ids.map(typeOf));
  expect(new Set(types)).toEqual(new Set(['hash']));
  const keepMs = await client.pttl(recordKey(claims[0].requestID));
  expect(keepMs).toBeGreaterThan(50_000);
  expect(keepMs).toBeLessThanOrEqual(60_000);
  expect(await client.get('{invoq:0}:inv:not-ours')).toBe('text');
  expect(await new RecordReader(client).read(claims[0].requestID)).toMatchObject({ status: 'succeeded' });
});
