/** Lines and limits under fault: a permit comes back from the dead, a flood outlives its Redis, a lost ticket is made anew. */
import { Queue } from 'bullmq';
import { startRedis } from '../harness/redis-server';
import { until } from '../harness/until';
import { ALWAYS } from './outage';
import { Stand } from './stand';

/** From a kill to the end of what it took along; generous, as the machine may be slow. */
const RECOVERY_MS = 30_000;
const SHORT_LEASE = { INVOQ_LEASE: '1500ms' };
const functions = (starts: { statement(): string }): Record<string, unknown> => ({
  'functions.json': { functions: { single: { concurrency: 1 } } },
  'single.js': `exports.main = async (event, context) => { ${starts.statement()}
    if (event.ms && context.attempt === 1) await new Promise((r) => setTimeout(r, event.ms)); return context.attempt }`,
  'flood.js': `exports.main = (event, context) => { ${starts.statement()} return event.n }`,
});

async function accepted(stand: Stand, name: string, data: object = {}): Promise<string> {
  const answer = await stand.caller.async(name, data);
  expect(answer?.status).toBe(202);
  return answer!.body.requestID as string;
}
const succeeded = (stand: Stand, id: string, ms = RECOVERY_MS) =>
  until(`${id} succeeds`, async () => (await stand.statusOf(id)) === 'succeeded', ms);

describe('a function with one permit', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await Stand.start({ functions, env: SHORT_LEASE, workers: 1 });
  }, 60_000);

  test('its worker is killed with the only permit: it runs again, and those that wait follow', async () => {
    const first = await accepted(stand, 'single', { ms: 60_000 });
    await until('it runs', () => stand.starts.of(first).length === 1, RECOVERY_MS);
    const waiting = [await accepted(stand, 'single'), await accepted(stand, 'single')];
    await stand.workers[0].process.kill();
    await stand.addWorker();
    for (const id of [first, ...waiting]) await succeeded(stand, id);
    expect([first, ...waiting].map((id) => stand.starts.of(id).length)).toEqual([2, 1, 1]);
    expect(await stand.store.exists('{invoq:0}:permits:default:single')).toBe(0);
    expect(await stand.store.exists('{invoq:0}:held:default:default:single')).toBe(0);
    await stand.verdict('a worker killed with the only permit of a function: nothing waits for ever');
  }, 120_000);

  test('a sync call that dies with its worker gives its permit back', async () => {
    const dying = stand.caller.sync('single', { ms: 4_000 });
    await until('it runs', () => stand.starts.read().length === 1, RECOVERY_MS);
    await stand.workers[0].process.kill();
    expect((await dying)?.body.error.type).toBe('WORKER_LOST');
    await stand.addWorker();
    await succeeded(stand, await accepted(stand, 'single'));
    await stand.verdict('a worker killed with a sync call that held the only permit');
  }, 120_000);
});

test('Redis is killed and restarted in the middle of a flood: every call runs, and another function is not held up', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, functions, env: SHORT_LEASE, workers: 1, slots: 'sync=1,async=2,nested=1' });
  const flood = await Promise.all(Array.from({ length: 400 }, (_, n) => accepted(stand, 'flood', { n })));
  await until('it has begun', () => stand.starts.read().length > 20, RECOVERY_MS);
  await redis.kill();
  await redis.start();
  const other = (await stand.caller.persist('single', {}, { key: 'in the flood' })).body.requestID as string;
  await succeeded(stand, other);
  await until('all have ended', async () => (await stand.store.zcard('{invoq:0}:open')) === 0, 90_000);
  const standings = await Promise.all(flood.map((id) => stand.statusOf(id)));
  expect(new Set(standings)).toEqual(new Set(['succeeded']));
  await stand.verdict('Redis killed in the middle of a flood of 400 calls');
}, 150_000);

test('the ticket of a call is lost: a slot comes by itself', async () => {
  const stand = await Stand.start({ functions, workers: 1 });
  await stand.workers[0].stop();
  const id = await accepted(stand, 'flood', { n: 1 });
  const bull = new Queue('default.async', { connection: stand.redis.client(), prefix: '{invoq:0}' });
  bull.on('error', () => undefined);
  await until('its ticket is there, and is lost', async () => (await bull.remove(`${id}-0`)) === 1, 5_000);
  await stand.addWorker();
  await succeeded(stand, id);
  expect(stand.starts.of(id)).toHaveLength(1);
  await stand.verdict('a ticket lost: the call is run all the same');
}, 90_000);
