/**
 * Redis dies, sleeps, fills up, turns read-only, or falls silent. Callers are told so in time; what was accepted is done
 * once; what runs has its end recorded as soon as there is somebody to record it.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { processorSeconds } from '../harness/process-facts';
import { startRedis } from '../harness/redis-server';
import { Tunnel } from '../harness/tunnel';
import { until } from '../harness/until';
import type { Told } from './caller';
import { KEEPS_ALL, Stand } from './stand';

/** The longest that a caller waits to hear that the store is away, ms; and some for two busy cores. */
const HEARS_MS = 2_500 + 300;
/** From the return of Redis to the first success, and to the result of what ended meanwhile, ms. */
const BACK_MS = 2_000;
/** Processor time that a process may use while there is nothing that it can do, of one core. */
const SPIN = 0.35;

/** Each acknowledged write is on the disk; see docs/reliability.md for what `everysec` may cost. */
const ALWAYS = { ...KEEPS_ALL, appendfsync: 'always' };

interface Timed {
  told: Told;
  ms: number;
}

async function timed(call: Promise<Told>): Promise<Timed> {
  const from = Date.now();
  const told = await call;
  return { told, ms: Date.now() - from };
}

/** It is no answer, and it says so at once: nobody ran it, or nobody knows. */
function expectUnavailable({ told, ms }: Timed, type = 'STORE_UNAVAILABLE'): void {
  expect(told?.status).toBe(503);
  expect(told?.body.error).toMatchObject({ type, retryable: true });
  expect([false, 'unknown']).toContain(told?.body.error.started);
  expect(told?.headers['retry-after']).toBeDefined();
  expect(ms).toBeLessThan(HEARS_MS);
}

/** The share of a core that each app used during `work`. */
async function loads(stand: Stand, work: () => Promise<void>): Promise<number> {
  const apps = [...stand.apis, ...stand.workers];
  const before = apps.map(({ process }) => processorSeconds(process.pid));
  const from = Date.now();
  await work();
  const seconds = (Date.now() - from) / 1000;
  return Math.max(...apps.map(({ process }, i) => (processorSeconds(process.pid) - before[i]) / seconds));
}

/** Asks until it is answered; the ms that took. */
async function firstSuccess(stand: Stand): Promise<number> {
  const from = Date.now();
  const success = async (): Promise<true> => {
    const told = await stand.caller.sync('adds', { x: 1, y: 1 });
    if (told?.status !== 200) throw new Error(told?.text ?? 'the connection broke');
    return true;
  };
  await until('a call succeeds', success, 20_000);
  return Date.now() - from;
}

/** What a Redis says to a stranger, before any client has smoothed it. */
function ping(port: number): Promise<string> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (said) => {
      socket.destroy();
      done(said.toString());
    });
    socket.once('error', (error) => done(error.message));
  });
}

async function accepted(stand: Stand, name: string, data: object): Promise<string> {
  const told = await stand.caller.async(name, data);
  expect(told?.status).toBe(202);
  return told!.body.requestID as string;
}

test('killed and restarted, again and again, under load: nothing accepted is lost, and service is back within 2 s', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, slots: 'sync=4,async=4,nested=0' });
  let over = false;
  let slowest = 0;
  const callers = Array.from({ length: 8 }, async (_, who) => {
    for (let n = 0; !over; n++) {
      const { told, ms } = await timed(
        who % 2 ? stand.caller.sync('takes', { ms: 20, n }) : stand.caller.async('takes', { ms: 20, n }),
      );
      slowest = Math.max(slowest, ms);
      if (told?.status !== 200 && told?.status !== 202) await sleep(20);
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

test('loading its data for seconds: 503 in time until it is ready', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, slots: 'sync=2,async=2,nested=0' });
  await Promise.all(Array.from({ length: 300 }, (_, n) => stand.caller.async('adds', { x: n, y: 1 })));
  const runs = await accepted(stand, 'takes', { ms: 2_000, n: 1 });
  await until('it runs', () => stand.starts.of(runs).length === 1, 10_000);
  await redis.kill();
  // Each command in the file takes this long to load, µs.
  const loading = startRedis({ port: redis.port, dir: redis.dir, config: { ...ALWAYS, 'key-load-delay': 1_000 } });
  await until('it says that it is loading', async () => (await ping(redis.port)).startsWith('-LOADING'), 10_000);
  let refused = 0;
  while ((await ping(redis.port)).startsWith('-LOADING') && refused < 8) {
    const call = await timed(stand.caller.async('adds', { x: 1, y: 1 }));
    // It may have been ready in between.
    if (call.told?.status === 202) break;
    expectUnavailable(call);
    refused++;
  }
  expect(refused).toBeGreaterThan(0);
  await loading;
  const backMs = await firstSuccess(stand);
  expect(backMs).toBeLessThan(BACK_MS + 500);
  await until('what ran has its end', async () => (await stand.statusOf(runs)) === 'succeeded', 5_000);
  await stand.verdict(`Redis loading: ${refused} calls refused in time, first success ${backMs} ms after`, {
    starts: { async: 1 },
  });
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
    expect((await waits).told?.body).toMatchObject({ code: 0, data: { n: 3 } });
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
    const { told, ms } = await waits;
    expect(told?.status).toBe(503);
    expect(told?.body.error).toMatchObject({ retryable: true, started: 'unknown' });
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
