/** Connections to Redis that break after it has done what it was told, and before its reply: nothing is lost, nothing runs twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KEEPS_ALL, Stand } from '../failures/stand';
import { startRedis } from '../harness/redis-server';
import { Tunnel } from '../harness/tunnel';

const SETTINGS = { slots: 'sync=4,async=4,nested=1' };

test.each([
  ['line', 1],
  ['bullmq', 4],
])(
  'workers whose replies are lost again and again under load, sync lane by %s, %i partitions',
  async (carrier, partitions) => {
    const redis = await startRedis({ config: KEEPS_ALL });
    const env = { INVOQ_SYNC_LANE: carrier, INVOQ_PARTITIONS: String(partitions) };
    const stand = await Stand.start({ redis, env, workers: 0, ...SETTINGS });
    const tunnels = [await Tunnel.to(redis.port), await Tunnel.to(redis.port)];
    for (const { redisUrl } of tunnels) await stand.addWorker({ REDIS_URL: redisUrl });
    let over = false;
    const statuses = new Set<number | undefined>();
    const callers = Array.from({ length: 3 }, async (_, n) => {
      while (!over) {
        statuses.add((await stand.caller.sync('adds', { x: n, y: 1 }))?.status);
        await stand.caller.async('takes', { n, ms: 20 });
        await sleep(20);
      }
    });
    for (let round = 0; round < 14; round++) {
      const tunnel = tunnels[round % 2];
      tunnel.become('mute');
      await sleep(30 + 40 * (round % 7));
      tunnel.breakAll();
      tunnel.become('open');
      await sleep(400);
    }
    over = true;
    await Promise.all(callers);
    expect([...statuses]).toEqual([200]);
    await stand.verdict(`replies of workers lost, ${carrier}`, { settleMs: 30_000, starts: { async: 1 } });
    await stand.stack.stop();
    await redis.stop();
  },
  90_000,
);

test('a bell that rang unheard: the worker looks as soon as it is connected again', async () => {
  const redis = await startRedis({ config: KEEPS_ALL });
  const stand = await Stand.start({ redis, workers: 0, ...SETTINGS });
  const tunnel = await Tunnel.to(redis.port);
  await stand.addWorker({ REDIS_URL: tunnel.redisUrl });
  await stand.caller.sync('adds', { x: 1, y: 1 });
  const tookMs: number[] = [];
  for (let round = 0; round < 5; round++) {
    // It waits for its bell.
    await sleep(500);
    tunnel.become('mute');
    const began = performance.now();
    const answer = stand.caller.sync('adds', { x: round, y: 1 });
    await sleep(100);
    tunnel.breakAll();
    tunnel.become('open');
    expect((await answer)?.status).toBe(200);
    tookMs.push(performance.now() - began);
  }
  // The sweeper would bring it after a third of its time, 1,667 ms.
  expect(tookMs.sort((a, b) => a - b)[2]).toBeLessThan(1_300);
  await stand.verdict('bells that rang unheard', { settleMs: 30_000 });
  await stand.stack.stop();
  await redis.stop();
}, 60_000);
