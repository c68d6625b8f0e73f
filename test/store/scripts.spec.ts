/** Scripts are sent by their hash; a Redis that has lost them is told them again, and nobody notices. */
import { InvocationStore } from '@invoq/store/invocation-store';
import { newRequestID } from '@invoq/store/keys/partition';
import { RecordReader } from '@invoq/store/record/record-reader';
import type { Submission } from '@invoq/store/submission/submission';
import { startRedis } from '../harness/redis-server';
import { taken } from './taken';

const home = { queue: 'default', lane: 'sync', env: 'default', function: 'f' } as const;

function submission(): Submission {
  return {
    requestID: newRequestID(0), env: 'default', function: 'f', queue: 'default', data: '{"text":"ü, 名"}', origin: '{}', depth: 0,
    replyTo: '', maxQueued: 1_000,
    plan: { mode: 'sync', lane: 'sync', timeoutMs: 5_000, expireAfterMs: 60_000, waitMs: 5_000, maxStarts: 1, priority: 0,
      retainMs: 60_000 },
  }; // prettier-ignore
}

test('flushed under a living connection, between commands and in the midst of many', async () => {
  const server = await startRedis();
  const client = server.client();
  const store = new InvocationStore(client);
  expect(await store.submit(submission())).toMatchObject({ kind: 'new' });
  await client.script('FLUSH');
  const one = submission();
  expect(await store.submit(one)).toMatchObject({ kind: 'new' });
  expect(await new RecordReader(client).read(one.requestID)).toMatchObject({ status: 'queued', function: 'f' });

  const many = Array.from({ length: 50 }, submission);
  const verdicts = many.flatMap((each, i) =>
    i === 25 ? [client.script('FLUSH').then(() => undefined), store.submit(each)] : [store.submit(each)],
  );
  const kinds = (await Promise.all(verdicts)).filter((verdict) => verdict !== undefined).map(({ kind }) => kind);
  expect(kinds).toEqual(many.map(() => 'new'));
  const claimRequests = Array.from({ length: 100 }, (_, n) => ({
    worker: 'w',
    leaseMs: 5_000,
    tokenHash: `hash ${n}`,
  }));
  const claims = await taken(client, store, home, ...claimRequests);
  expect(claims.map(({ requestID }) => requestID)).toEqual(
    expect.arrayContaining(many.map(({ requestID }) => requestID)),
  );
  expect(new Set(claims.map(({ data }) => data))).toEqual(new Set(['{"text":"ü, 名"}']));
});

test('lost with a Redis that was started anew', async () => {
  const server = await startRedis();
  const client = server.client();
  const store = new InvocationStore(client);
  await store.submit(submission());
  await server.kill();
  const back = new Promise((resolve) => client.once('ready', resolve));
  await server.restart();
  await back;
  expect(await store.submit(submission())).toMatchObject({ kind: 'new' });
});
