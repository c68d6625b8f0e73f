/** Ten thousand calls wait that no worker serves: those of others are not delayed, and nobody looks at them over and over. */
import type { Plan } from '@invoq/policy/plan';
import { InvocationStore } from '@invoq/store/invocation-store';
import { newRequestID } from '@invoq/store/keys/partition';
import { startStack, type Stack } from '../harness/stack';

const WAITING = 10_000;
const AT_A_TIME = 500;
const CALLS = 200;
/** Of no call: the looks of a worker at its lanes, which come every few seconds. */
const QUIET_MS = 6_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ functions: { 'served.js': 'exports.main = () => 1;' } });
}, 60_000);
afterAll(() => stack.stop(), 30_000);

async function waits(name: string, lane: 'sync' | 'async'): Promise<void> {
  const store = new InvocationStore(stack.redis.client());
  const plan = {
    mode: lane, lane, timeoutMs: 300_000, expireAfterMs: 21_600_000, waitMs: 0, maxStarts: 3, priority: 0, retainMs: 3_600_000,
  } satisfies Plan; // prettier-ignore
  for (let made = 0; made < WAITING / 2; made += AT_A_TIME)
    await Promise.all(
      Array.from(
        { length: AT_A_TIME },
        () =>
        store.submit({
          requestID: newRequestID(0), env: 'default', function: name, queue: 'default', plan, data: '{}', origin: '{}',
          depth: 0, replyTo: '', maxQueued: Number.MAX_SAFE_INTEGER,
        }), // prettier-ignore
      ),
    );
}

/** ms that each of some calls took, one after another, the shortest first. */
async function times(): Promise<number[]> {
  const took: number[] = [];
  for (let calls = 0; calls < CALLS; calls++) {
    const from = performance.now();
    expect((await stack.http.post('/v1/functions/served/invocations', {})).body.data).toBe(1);
    took.push(performance.now() - from);
  }
  return took.sort((a, b) => a - b);
}

/** How often Redis has looked at what a worker serves of what waits, and how often a worker has asked. */
async function looks(): Promise<{ served: number; bells: number }> {
  const stats = await stack.redis.client().info('commandstats');
  const of = (command: string): number => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  return { served: of('smismember'), bells: of('blmpop') };
}

it('sync calls of a served function take as long as before, and an idle worker hardly asks', async () => {
  await times();
  const before = await times();
  for (const lane of ['sync', 'async'] as const) for (const name of ['gone', 'moved']) await waits(name, lane);
  const during = await times();
  const [p50, p99] = [CALLS / 2, Math.floor(0.99 * CALLS)];
  process.stdout.write(
    `\n  a sync call, ms at p50 and p99: ${before[p50].toFixed(1)} and ${before[p99].toFixed(1)} before, ` +
      `${during[p50].toFixed(1)} and ${during[p99].toFixed(1)} with ${2 * WAITING} others waiting\n`,
  );
  expect(during[p50]).toBeLessThan(3 * before[p50] + 20);

  const from = await looks();
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const to = await looks();
  process.stdout.write(
    `  an idle worker in ${QUIET_MS / 1_000} s: ${to.bells - from.bells} waits, ${to.served - from.served} looks at what waits\n`,
  );
  // Six lanes, each with a wait of five seconds, and a look after it.
  expect(to.bells - from.bells).toBeLessThanOrEqual(20);
  expect(to.served - from.served).toBeLessThanOrEqual(40);
}, 120_000);
