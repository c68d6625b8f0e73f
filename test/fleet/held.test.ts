/** `depth` counts what a new slot could start; what is paused, or at its concurrency limit, is `held` and stands apart. */
import { createClient, type InvoqClient } from '@invoq/client/client';
import { type Stack, startStack } from '../harness/stack';
import { until } from '../harness/until';

const LIMIT_MS = 30_000;
const WAITS = 'exports.main = ({ ms = 1 }) => new Promise((done) => setTimeout(done, ms, ms));';

let stack: Stack;
let invoq: InvoqClient;

beforeAll(async () => {
  stack = await startStack({
    functions: {
      'waits.js': WAITS,
      'other.js': WAITS,
      'few.js': WAITS,
      'functions.json': { functions: { few: { concurrency: 1 } } },
    },
    env: { INVOQ_SLOTS: 'sync=1,async=2,nested=1' },
  });
  invoq = createClient({ url: stack.url, retry: false });
}, 90_000);

afterAll(() => stack.stop(), 60_000);

/** As both routes tell it; they must agree. */
async function load(): Promise<{ depth: number; held: number; oldestAgeMs: number }> {
  const [queues, one] = await Promise.all([invoq.queues.list(), invoq.queues.load('default', 'async')]);
  const lane = queues.find(({ queue }) => queue === 'default')!.lanes.find((each) => each.lane === 'async')!;
  expect([lane.depth, lane.held]).toEqual([one.depth, one.held]);
  return { depth: one.depth, held: one.held, oldestAgeMs: one.oldestAgeMs };
}

async function becomes(depth: number, held: number): Promise<void> {
  let now = await load();
  const is = async () => {
    now = await load();
    return now.depth === depth && now.held === held;
  };
  await until(`${depth} could start and ${held} are held`, is, LIMIT_MS).catch(() => undefined);
  expect(now).toMatchObject({ depth, held });
}

const submit = (name: string, count: number, ms = 1) =>
  Promise.all(Array.from({ length: count }, () => invoq.submit(name, { ms })));
const results = (calls: { result(options: { wait: number }): Promise<unknown> }[]) =>
  Promise.all(calls.map((one) => one.result({ wait: LIMIT_MS })));

it('all that waits in a paused queue is held, and nothing of it ages', async () => {
  await invoq.queues.pause('default', { reason: 'maintenance' });
  const waiting = await submit('waits', 3);
  await becomes(0, 3);
  expect((await load()).oldestAgeMs).toBe(0);
  await invoq.queues.resume('default');
  await results(waiting);
  await becomes(0, 0);
}, 60_000);

it('calls of a paused function are held, and those of others behind busy slots are not', async () => {
  await invoq.functions.pause('waits');
  const busy = await submit('other', 2, 15_000);
  await until(
    'both slots are busy',
    async () => (await invoq.list({ status: 'running' })).invocations.length === 2,
    LIMIT_MS,
  );
  const [held, behind] = [await submit('waits', 3), await submit('other', 2)];
  await becomes(2, 3);
  expect((await load()).oldestAgeMs).toBeGreaterThan(0);
  await Promise.all(busy.map((one) => one.cancel()));
  await results(behind);
  await becomes(0, 3);
  await invoq.functions.resume('waits');
  await results(held);
  await becomes(0, 0);
}, 60_000);

it('calls over the concurrency limit of their function are held while a slot is free', async () => {
  const [first] = await submit('few', 1, 15_000);
  await until('it runs', async () => (await first.get()).status === 'running', LIMIT_MS);
  const over = await submit('few', 3);
  await becomes(0, 3);
  // A slot is free for any other function.
  await results(await submit('other', 1));
  await becomes(0, 3);
  await first.cancel();
  await results(over);
  await becomes(0, 0);
}, 60_000);

it('both at once: at its limit in a paused queue', async () => {
  await invoq.queues.pause('default');
  const calls = [...(await submit('few', 3)), ...(await submit('other', 2))];
  await becomes(0, 5);
  await invoq.queues.resume('default');
  await results(calls);
  await becomes(0, 0);
}, 60_000);
