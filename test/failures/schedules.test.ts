/** Whoever schedules, and whoever dies at it: each due run is one call. */
import { startRedis } from '../harness/redis-server';
import { until } from '../harness/until';
import { ALWAYS } from './outage';
import { Stand } from './stand';

const DUE = '{invoq:schedules}:due';
const SCHEDULES = 20;
const ROUNDS = 6;

test('three schedulers, one of them killed: every due run is submitted once', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, apis: 3, workers: 1 });
  const ids = Array.from({ length: SCHEDULES }, (_, n) => `s${n}`);
  for (const id of ids) {
    const body = { function: 'adds', cron: '0 0 1 1 *', data: { x: 1, y: 1 }, overlap: 'queue' };
    expect((await stand.apis[0].http.request(`/v1/schedules/${id}`, { method: 'PUT', body })).status).toBe(200);
  }
  let due = 0;
  for (let round = 0; round < ROUNDS; round++) {
    // All turns are given away, so every process looks, and at the same due runs.
    const racing = setInterval(() => void stand.store.del('{invoq:chores}:schedules').catch(() => undefined), 5);
    const at = Date.now() - 1_000;
    due += ids.length;
    await stand.store.zadd(DUE, ...ids.flatMap((id) => [at, `default/${id}`]));
    if (round === 2) await stand.apis[2].process.kill();
    if (round === 4) {
      await stand.redis.kill();
      await stand.redis.start();
    }
    await until('all have moved on', async () => (await stand.store.zcount(DUE, '-inf', Date.now())) === 0, 60_000);
    clearInterval(racing);
  }
  await until('all have run', () => stand.starts.read().length >= due, 60_000);
  const calls = stand.starts.read();
  // One call for each time that a schedule was due, and one start of each.
  expect(new Set(calls.map(({ requestID }) => requestID)).size).toBe(due);
  expect(calls).toHaveLength(due);
  await stand.verdict(`${due} due runs, three schedulers, one killed, Redis restarted: each submitted once`);
}, 180_000);
