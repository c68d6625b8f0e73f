/**
 * Redis is there and takes nothing: it is a replica for a while, it loads its data, it is full. Callers are told so in time,
 * and what runs has its end recorded.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../harness/redis-server';
import { until } from '../harness/until';
import { accepted, ALWAYS, BACK_MS, expectUnavailable, firstSuccess, loads, SPIN, timed } from './outage';
import { Stand } from './stand';

/** What a Redis says to a stranger, before any client has smoothed it. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('data', (said) => {
      socket.destroy();
      done(said.toString());
    });
    socket.once('error', (error) => done(error.message));
  });
}

test.each(['line', 'bullmq'])(
  'read-only for a while (a failover), sync lane on %s: 503 in time, no spin, and what runs ends when there is a primary again',
  async (carrier) => {
    const stand = await Stand.start({ slots: 'sync=2,async=2,nested=0', env: { INVOQ_SYNC_LANE: carrier } });
    const runs = await accepted(stand, 'takes', { ms: 1_500, n: 1 });
    await until('it runs', () => stand.starts.of(runs).length === 1, 5_000);
    await stand.store.replicaof('127.0.0.1', 1);
    const load = await loads(stand, async () => {
      for (let i = 0; i < 5; i++) {
        expectUnavailable(await timed(stand.caller.async('adds', { x: 1, y: 1 })));
        expectUnavailable(await timed(stand.caller.sync('adds', { x: 1, y: 1 })));
        await sleep(500);
      }
    });
    await stand.store.replicaof('NO', 'ONE');
    const backMs = await firstSuccess(stand);
    expect(backMs).toBeLessThan(BACK_MS);
    await until('what ran has its end', async () => (await stand.statusOf(runs)) === 'succeeded', 5_000);
    const next = await accepted(stand, 'adds', { x: 1, y: 1 });
    await until('the async lane is served too', async () => (await stand.statusOf(next)) === 'succeeded', 10_000);
    expect(load).toBeLessThan(SPIN);
    await stand.verdict(
      `Redis read-only for 3 s, sync lane on ${carrier}: ${Math.round(load * 100)} % of a core at most, first success ${backMs} ms after`,
      {
        starts: { async: 1 },
      },
    );
  },
  60_000,
);

test('loading its data for seconds, and done sooner than it said: 503 in time until it is ready, and not longer', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, slots: 'sync=2,async=2,nested=0' });
  // Calls that come together are few commands in the file.
  for (let round = 0; round < 3; round++)
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => stand.caller.async('adds', { x: n, y: 1 })));
  const runs = await accepted(stand, 'takes', { ms: 2_000, n: 1 });
  await until('it runs', () => stand.starts.of(runs).length === 1, 10_000);
  await redis.kill();
  // Each command in the file takes this long to load, µs. Redis looks up from it every 1,024 commands.
  const loading = startRedis({ port: redis.port, dir: redis.dir, config: { ...ALWAYS, 'key-load-delay': 1_000 } });
  const isLoading = async (): Promise<boolean> => (await ask(redis.port, 'PING')).startsWith('-LOADING');
  await until('it says that it is loading', isLoading, 10_000);
  let refused = 0;
  for (const endsAt = Date.now() + 2_500; Date.now() < endsAt; await sleep(250)) {
    expectUnavailable(await timed(stand.caller.async('adds', { x: 1, y: 1 })));
    refused++;
  }
  const eta = Number(/loading_eta_seconds:(\d+)/.exec(await ask(redis.port, 'INFO persistence'))?.[1]);
  expect(eta).toBeGreaterThan(BACK_MS / 1_000);
  expect(await ask(redis.port, 'CONFIG SET key-load-delay 0')).toBe('+OK\r\n');
  await loading;
  const backMs = await firstSuccess(stand);
  expect(backMs).toBeLessThan(BACK_MS);
  await until('what ran has its end', async () => (await stand.statusOf(runs)) === 'succeeded', 5_000);
  await stand.verdict(
    `Redis loading, ${eta} s to go as it said: ${refused} calls refused in time, first success ${backMs} ms after it was done`,
    { starts: { async: 1 } },
  );
}, 60_000);

test('full: new calls are refused as STORE_FULL, what runs still ends, and no process spins', async () => {
  const stand = await Stand.start({ slots: 'sync=2,async=2,nested=0' });
  const runs = await Promise.all([1, 2].map((n) => accepted(stand, 'takes', { ms: 1_000, n })));
  const waits = timed(stand.caller.sync('takes', { ms: 1_500, n: 3 }));
  await until('they run', () => stand.starts.read().length === 3, 5_000);
  // This one is in the queue, and has to wait for room in the worker and then in Redis.
  const queued = await accepted(stand, 'adds', { x: 3, y: 4 });
  await stand.store.config('SET', 'maxmemory', '100kb');
  let ended = 0;
  const load = await loads(stand, async () => {
    for (let i = 0; i < 6; i++) {
      expectUnavailable(await timed(stand.caller.async('adds', { x: 1, y: 1 })), 'STORE_FULL');
      expectUnavailable(await timed(stand.caller.sync('adds', { x: 1, y: 1 })), 'STORE_FULL');
      await sleep(400);
    }
    for (const id of runs) if ((await stand.statusOf(id)) === 'succeeded') ended++;
    expect((await waits).reply?.body).toMatchObject({ code: 0, data: { n: 3 } });
  });
  expect(ended).toBe(2);
  expect(load).toBeLessThan(SPIN);
  await stand.store.config('SET', 'maxmemory', '0');
  const backMs = await firstSuccess(stand);
  expect(backMs).toBeLessThan(BACK_MS);
  await until('what waited is done', async () => (await stand.statusOf(queued)) === 'succeeded', 15_000);
  await stand.verdict(
    `Redis full for 3 s: 3 runs ended meanwhile, 12 calls refused as STORE_FULL; ${Math.round(load * 100)} % of a core at most`,
    { starts: { async: 1 } },
  );
}, 60_000);
