/**
 * Redis dies, sleeps, or falls silent. Callers are told so in time; what was accepted is done once; what runs has its end
 * recorded as soon as there is somebody to record it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../harness/redis-server';
import { Tunnel } from '../harness/tunnel';
import { until } from '../harness/until';
import { accepted, ALWAYS, BACK_MS, expectUnavailable, firstSuccess, loads, SPIN, timed } from './outage';
import { KEEPS_ALL, Stand } from './stand';

test('killed and restarted, again and again, under load: nothing accepted is lost, and service is back within 2 s', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, slots: 'sync=4,async=4,nested=0' });
  let over = false;
  let slowest = 0;
  const callers = Array.from({ length: 8 }, async (_, who) => {
    for (let n = 0; !over; n++) {
      const { reply, ms } = await timed(
        who % 2 ? stand.caller.sync('takes', { ms: 20, n }) : stand.caller.async('takes', { ms: 20, n }),
      );
      slowest = Math.max(slowest, ms);
      if (reply?.status !== 200 && reply?.status !== 202) await sleep(20);
    }
  });
  const backs: number[] = [];
  for (let kill = 0; kill < 3; kill++) {
    await sleep(500);
    await redis.kill();
    await sleep(300 * kill);
    await redis.start();
    backs.push(await firstSuccess(stand));
  }
  over = true;
  await Promise.all(callers);
  expect(Math.max(...backs)).toBeLessThan(BACK_MS);
  // A sync call may wait for its whole limit and a second; nothing waits for longer.
  expect(slowest).toBeLessThan(5_000 + 1_000 + 300);
  await stand.verdict(`Redis killed 3 times under load; first successes ${backs.join(', ')} ms after its return`);
}, 90_000);

test('away for 30 s at the submit, during a wait and at the completion: one start, one end, visible 2 s after its return', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, slots: 'sync=2,async=2,nested=0' });
  const completes = await accepted(stand, 'takes', { ms: 4_000, n: 1 });
  const outlives = await accepted(stand, 'takes', { ms: 33_000, n: 2 });
  const waits = timed(stand.caller.sync('takes', { ms: 4_500, n: 3 }));
  await until('all run', () => stand.starts.read().length === 3, 5_000);
  const goneAt = Date.now();
  await redis.kill();
  const load = await loads(stand, async () => {
    expectUnavailable(await waits);
    expectUnavailable(await timed(stand.caller.async('takes', { ms: 1, n: 4 })));
    expectUnavailable(await timed(stand.caller.sync('adds', { x: 1, y: 1 })));
    expect((await stand.stack.http.get('/readyz')).status).toBe(503);
    expect((await stand.stack.http.get('/livez')).status).toBe(200);
    await sleep(30_000 - (Date.now() - goneAt));
  });
  expect(load).toBeLessThan(SPIN);
  await redis.start();
  const backAt = Date.now();
  await until(
    'the end of what completed is there',
    async () => (await stand.statusOf(completes)) === 'succeeded',
    BACK_MS,
  );
  const visibleMs = Date.now() - backAt;
  const backMs = await firstSuccess(stand);
  expect(Date.now() - backAt).toBeLessThan(BACK_MS + 500);
  await until('what ran on is done', async () => (await stand.statusOf(outlives)) === 'succeeded', 15_000);
  for (const id of [completes, outlives]) expect(stand.starts.of(id)).toHaveLength(1);
  await stand.verdict(
    `Redis away for 30 s: what had ended was visible ${visibleMs} ms after its return, the first call answered after ${backMs} ms; ${Math.round(load * 100)} % of a core at most meanwhile`,
    { starts: { async: 1 } },
  );
}, 90_000);

test('behind a network that drops everything for 25 s: callers hear in time, and what ran meanwhile ends once', async () => {
  const redis = await startRedis({ config: KEEPS_ALL });
  const tunnel = await Tunnel.to(redis.port);
  const stand = await Stand.start({ redis, env: { REDIS_URL: tunnel.redisUrl }, slots: 'sync=2,async=2,nested=0' });
  const completes = await accepted(stand, 'takes', { ms: 3_000, n: 1 });
  const outlives = await accepted(stand, 'takes', { ms: 27_000, n: 2 });
  const waits = timed(stand.caller.sync('takes', { ms: 4_900, n: 3 }));
  await until('all run', () => stand.starts.read().length === 3, 5_000);
  const cutAt = Date.now();
  tunnel.become('silent');
  const load = await loads(stand, async () => {
    for (let i = 0; i < 3; i++) {
      expectUnavailable(await timed(stand.caller.async('adds', { x: i, y: 1 })));
      expectUnavailable(await timed(stand.caller.sync('adds', { x: i, y: 1 })));
    }
    const { reply, ms } = await waits;
    expect(reply?.status).toBe(503);
    expect(reply?.body.error).toMatchObject({ retryable: true, started: 'unknown' });
    expect(ms).toBeLessThan(5_000 + 1_000 + 200);
    await sleep(25_000 - (Date.now() - cutAt));
  });
  expect(load).toBeLessThan(SPIN);
  tunnel.become('open');
  const backMs = await firstSuccess(stand);
  for (const id of [completes, outlives])
    await until(`${id} has its end`, async () => (await stand.statusOf(id)) === 'succeeded', 20_000);
  await stand.verdict(
    `a silent network for 25 s: first success ${backMs} ms after; ${Math.round(load * 100)} % of a core at most meanwhile`,
    { starts: { async: 1 } },
  );
}, 90_000);
