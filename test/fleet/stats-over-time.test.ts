/** GET /v1/stats over time: what is kept how long, what an idle fleet writes, what a killed process loses, what is refused. */
import { createClient, type InvoqClient } from '@invoq/client/client';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';

const LIMIT_MS = 30_000;
const INTERVAL_MS = 500;
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

let stack: Stack;
let invoq: InvoqClient;

beforeAll(async () => {
  stack = await startStack({
    functions: { 'adds.js': 'exports.main = ({ x = 1 }) => x + 1;' },
    env: { INVOQ_STATS_INTERVAL: `${INTERVAL_MS}ms`, INVOQ_LEASE: '1s' },
  });
  invoq = createClient({ url: stack.url, retry: false });
}, 90_000);

afterAll(() => stack.stop(), 60_000);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const keys = () => stack.redis.client().keys('{invoq:stats}:*');
const total = async () => (await invoq.stats()).totals.calls.total;
const adds = (count: number) => Promise.all(Array.from({ length: count }, () => invoq.invoke('adds', {})));

it('an idle fleet writes nothing, and nothing more once all is written', async () => {
  await pause(4 * INTERVAL_MS);
  expect(await keys()).toEqual([]);
  await adds(5);
  await until('they are counted', async () => (await total()) === 5, LIMIT_MS);
  const redis = stack.redis.client();
  const before = (await keys()).filter((key) => key.includes(':written:'));
  const batches = await redis.mget(before);
  await pause(4 * INTERVAL_MS);
  expect(await redis.mget(before)).toEqual(batches);
  expect(batches.length).toBeGreaterThan(0);
});

it('kill -9 of a worker loses at most what it had not written', async () => {
  const before = await total();
  await adds(20);
  await until('they are counted', async () => (await total()) === before + 20, LIMIT_MS);
  await adds(30);
  await stack.workers[0].process.kill();
  await stack.addWorker();
  await pause(3 * INTERVAL_MS);
  const after = await total();
  expect(after).toBeGreaterThanOrEqual(before + 20);
  expect(after).toBeLessThanOrEqual(before + 50);
  await adds(7);
  await until('the new one counts', async () => (await total()) >= after + 7, LIMIT_MS);
  expect(await total()).toBe(after + 7);
  // One that is stopped in order writes what it has counted.
  await adds(9);
  await stack.workers.at(-1)!.stop();
  expect(await total()).toBe(after + 16);
  await stack.addWorker();
});

it('minutes, ten minutes and hours say the same', async () => {
  const [minutes, tens, hours] = await Promise.all(['1m', '10m', '1h'].map((step) => invoq.stats({ step })));
  expect([minutes.stepMs, tens.stepMs, hours.stepMs]).toEqual([MINUTE, 10 * MINUTE, HOUR]);
  expect(minutes.totals.calls.total).toBeGreaterThan(0);
  // The last hour by hours begins at a full hour; nothing ended before this fleet began.
  expect(tens.totals).toEqual(minutes.totals);
  expect(hours.totals).toEqual(minutes.totals);
  expect(minutes.points.length).toBeGreaterThanOrEqual(60);
  expect(minutes.points.map(({ at }) => Date.parse(at) % MINUTE)).toEqual(minutes.points.map(() => 0));
});

it('hours are told for a week, and make days', async () => {
  const redis = stack.redis.client();
  const today = Math.floor(Date.now() / DAY) * DAY;
  for (const [hoursAgo, text] of [
    [47, '{"o":{"succeeded":3,"failed":1},"w":{"10":4},"wx":2,"r":{"50":4},"rx":110}'],
    [46, '{"o":{"succeeded":2},"w":{"30":2},"wx":17,"r":{"60":2},"rx":280}'],
  ] as const) {
    const start = today - 2 * DAY + (48 - hoursAgo) * HOUR;
    for (const name of ['*', 'default:*', 'default:adds'])
      await redis.hset(`{invoq:stats}:${HOUR}:${start}`, name, text);
  }
  const from = today - 2 * DAY;
  const byDay = await invoq.stats({ from, to: today - DAY, step: '1d', by: 'function' });
  expect(byDay.points).toHaveLength(1);
  expect(byDay.totals).toMatchObject({
    calls: { succeeded: 5, failed: 1, total: 6 }, waitMs: { max: 17 }, runMs: { max: 280 },
  }); // prettier-ignore
  expect(byDay.functions).toMatchObject([{ env: 'default', function: 'adds', calls: { total: 6 } }]);
  const byHour = await invoq.stats({ from, to: today - DAY, function: 'adds' });
  expect(byHour.stepMs).toBe(HOUR);
  expect(byHour.points.map(({ calls }) => calls.total).filter((count) => count > 0)).toEqual([4, 2]);
});

it.each([
  ['step=1s', 'step'],
  ['step=90s', 'step'],
  ['step=fast', 'step'],
  ['step=2d', 'step'],
  ['from=yesterday', 'from'],
  ['from=2026-02-31T10:00:00Z', 'from'],
  ['from=2020-01-01', 'from'],
  ['from=9999999999999', 'from'],
  ['to=1', 'from'],
  [`from=${Date.now() - 6 * DAY}&step=1m`, 'step'],
  [`from=${Date.now() - 5 * HOUR}&step=1m`, 'step'],
  ['function=a%20b', 'function'],
  ['env=..', 'env'],
  ['env=*&function=adds', 'env'],
  ['by=env', 'by'],
  ['by=function&function=adds', 'by'],
  ['by=function&limit=0', 'limit'],
  ['step=1m&step=1h', 'step'],
  ['fnuction=adds', 'fnuction'],
])('%s is refused by the name of the field', async (query, field) => {
  const { status, body } = await stack.http.get(`/v1/stats?${query}`);
  expect({ status, field: body.error.fields[0].field }).toEqual({ status: 400, field });
});
