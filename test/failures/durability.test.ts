/** What Redis' own settings make of our promises: what a lost answer, a kill and a loss of power cost. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openKey } from '@invoq/store/keys/keys';
import { startRedis } from '../harness/redis-server';
import { startApp } from '../harness/app';
import { scratchDir } from '../harness/scratch';
import { Tunnel } from '../harness/tunnel';
import { until } from '../harness/until';
import { ALWAYS } from './outage';
import { KEEPS_ALL, Stand } from './stand';

async function accepted(stand: Stand, name: string, data: object): Promise<string> {
  const reply = await stand.caller.async(name, data);
  expect(reply?.status).toBe(202);
  return reply!.body.requestID as string;
}

test('a call that was written, whose answer was lost, is never told that it did not start', async () => {
  const stand = await Stand.start({ slots: 'sync=1,async=1,nested=0' });
  const tunnel = await Tunnel.to(stand.redis.port);
  const api = await startApp('api', { REDIS_URL: tunnel.redisUrl, PORT: '0', INVOQ_DATA: stand.stack.data });
  // Its first call opens the queue.
  await stand.caller.call(api.url, 'adds', { x: 1, y: 1 }, { sync: false });
  const hasEnded = async (): Promise<boolean> => (await stand.store.zcard(openKey(0))) === 0;
  await until('the first ran, and has its end', async () => stand.starts.read().length === 1 && hasEnded(), 10_000);
  tunnel.become('mute');
  const reply = stand.caller.call(api.url, 'adds', { x: 2, y: 1 }, { sync: false });
  // Its submit rings for a worker, so it runs though its API has no answer yet.
  await until('it was written, and has run', async () => stand.starts.read().length === 2 && hasEnded(), 1_500);
  // Were the command sent again now, Redis would refuse it.
  await stand.store.config('SET', 'maxmemory', '100kb');
  tunnel.breakAll();
  tunnel.become('open');
  const refused = await reply;
  expect(refused).toMatchObject({ status: 503, body: { error: { retryable: true, started: 'unknown' } } });
  await stand.store.config('SET', 'maxmemory', '0');
  const requestID = refused!.body.requestID as string;
  expect(await stand.statusOf(requestID)).toBe('succeeded');
  expect(stand.starts.read()[1].requestID).toBe(requestID);
  await api.stop();
  await stand.verdict(
    'an answer of Redis lost on the way, and no room for a second try: started "unknown", and it had run',
  );
}, 60_000);

test('killed at any moment with appendfsync always: not one acknowledged call is missing', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, slots: 'sync=1,async=8,nested=0' });
  let kills = 0;
  for (; kills < 4; kills++) {
    let over = false;
    const submitting = Array.from({ length: 16 }, async (_, n) => {
      while (!over) await stand.caller.async('adds', { x: n, y: 1 });
    });
    await until('some hundred are in', () => stand.ledger.acked().length > 100 * (kills + 1), 20_000);
    await redis.kill();
    over = true;
    await Promise.all(submitting);
    await redis.start();
    await until('it is ready', async () => (await stand.stack.http.get('/readyz')).status === 200, 10_000);
  }
  const reply = stand.ledger.acked().length;
  await stand.verdict(`Redis killed ${kills} times in the middle of a stream of ${reply} acknowledged submits`, {
    settleMs: 40_000,
  });
}, 120_000);

test('a loss of power with appendfsync everysec: what the last second wrote is gone, and the rest is in order', async () => {
  const redis = await startRedis({ config: KEEPS_ALL });
  const stand = await Stand.start({ redis, slots: 'sync=2,async=4,nested=0' });
  const before = await Promise.all([1, 2, 3].map((n) => accepted(stand, 'adds', { x: n, y: 1 })));
  const across = await accepted(stand, 'takes', { ms: 1_000, n: 1 });
  await until(
    'those have ended, and this one runs',
    async () => {
      const statuses = await Promise.all([...before, across].map((id) => stand.statusOf(id)));
      return statuses.join() === 'succeeded,succeeded,succeeded,running';
    },
    10_000,
  );
  // As the disk has it when it was last flushed.
  const kept = join(scratchDir('flushed'), 'appendonlydir');
  cpSync(join(redis.dir, 'appendonlydir'), kept, { recursive: true });
  const after = await Promise.all([4, 5].map((n) => accepted(stand, 'adds', { x: n, y: 1 })));
  await until(
    'these have ended too',
    async () => {
      const statuses = await Promise.all([across, ...after].map((id) => stand.statusOf(id)));
      return statuses.every((status) => status === 'succeeded');
    },
    10_000,
  );
  await redis.kill();
  rmSync(join(redis.dir, 'appendonlydir'), { recursive: true });
  cpSync(kept, join(redis.dir, 'appendonlydir'), { recursive: true });
  await redis.start();
  await until('it is ready', async () => (await stand.stack.http.get('/readyz')).status === 200, 10_000);
  // Accepted in the last second: nobody knows of them any more.
  for (const id of after) expect((await stand.stack.http.get(`/v1/invocations/${id}`)).status).toBe(404);
  // Ended in the last second: not ended after all, so it runs again.
  await until('the one between has its end again', async () => (await stand.statusOf(across)) === 'succeeded', 20_000);
  expect(stand.starts.of(across)).toHaveLength(2);
  for (const id of before) expect(await stand.statusOf(id)).toBe('succeeded');
  // The ledger knows calls that are gone; those that are left are held to every promise.
  stand.forget(after);
  await stand.verdict(`power lost: ${after.length} accepted calls gone, 1 ended call run again, all others in order`);
}, 60_000);
