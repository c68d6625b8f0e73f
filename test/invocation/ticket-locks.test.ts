/** What BullMQ holds for a worker while a call runs: a lock that does not lapse, and costs few renewals. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type Stack } from '../harness/stack';
import { until } from '../harness/until';

const LEASE_MS = 1_500;
const functions = {
  'waits.js': 'exports.main = ({ ms }) => new Promise((done) => setTimeout(done, ms, 1));',
};
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions, env: { INVOQ_LEASE: `${LEASE_MS}ms` } });
}, 60_000);
afterAll(() => stack.stop(), 60_000);

const locks = () => stack.redis.client().keys('{invoq:0}:*:lock');
const runs = async (ms: number): Promise<string> => {
  const { body } = await stack.http.post('/v1/functions/waits/invocations', { data: { ms }, sync: false });
  await until('it runs', async () => (await locks()).length === 1, 10_000);
  return body.requestID as string;
};
const statusOf = async (id: string) => (await stack.http.get(`/v1/invocations/${id}`)).body.data?.status as string;

test('the ticket of a call stays locked while it runs, and is renewed each two thirds of a lease at most', async () => {
  const id = await runs(8 * LEASE_MS);
  const [lock] = await locks();
  let [left, renewals] = [Infinity, 0];
  for (const end = Date.now() + 6 * LEASE_MS; Date.now() < end; await sleep(20)) {
    const now = await stack.redis.client().pttl(lock);
    expect(now).toBeGreaterThan(0);
    if (now > left) renewals++;
    left = now;
  }
  expect(renewals).toBeGreaterThanOrEqual(3);
  expect(renewals).toBeLessThanOrEqual(10);
  await until('it has ended', async () => (await statusOf(id)) === 'succeeded', 30_000);
  expect(await locks()).toEqual([]);
}, 60_000);
