/** What waits for another attempt is not lost, nor started early or too often, whoever dies meanwhile. */
import { startRedis } from '../harness/redis-server';
import type { Starts } from '../harness/starts';
import { until } from '../harness/until';
import { ALWAYS } from './outage';
import { Stand } from './stand';

/** Fails until its `good`th attempt. */
const functions = (starts: Starts): Record<string, string> => ({
  'failsFirst.js': `exports.main = async (event, context) => {
    ${starts.statement()}
    if (context.attempt < event.good) throw new Error('not yet');
    return context.attempt;
  };`,
});

const LONG_MS = 120_000;

async function untilStatus(stand: Stand, ids: string[], status: string): Promise<void> {
  for (const id of ids)
    await until(`${id} is ${status}`, async () => (await stand.statusOf(id)) === status, LONG_MS / 2);
}

async function accepted(stand: Stand, count: number, good: number, retry: object): Promise<string[]> {
  const reply = await Promise.all(
    Array.from({ length: count }, () => stand.caller.async('failsFirst', { good }, { retry })),
  );
  expect(reply.map((answer) => answer?.status)).toEqual(reply.map(() => 202));
  return reply.map((answer) => answer!.body.requestID as string);
}

test('the worker is killed between two attempts: another one starts the next, at its time', async () => {
  const stand = await Stand.start({ workers: 1, functions });
  const ids = await accepted(stand, 5, 2, { attempts: 2, backoffMs: 6_000 });
  await untilStatus(stand, ids, 'retrying');
  await stand.workers[0].process.kill();
  await stand.addWorker();
  await untilStatus(stand, ids, 'succeeded');
  for (const id of ids) {
    const [notBefore, startedAt] = await stand.fields(id, 'notBefore', 'startedAt');
    expect(Number(startedAt)).toBeGreaterThanOrEqual(Number(notBefore));
    expect(stand.starts.of(id).map(({ attempt }) => attempt)).toEqual([1, 2]);
  }
  await stand.verdict('a worker killed between two attempts: the second ones ran elsewhere, none early');
}, 90_000);

test('Redis is killed and restarted while calls are retried: every attempt is made once, and counted once', async () => {
  const redis = await startRedis({ config: ALWAYS });
  const stand = await Stand.start({ redis, workers: 2, functions });
  const ids = await accepted(stand, 60, 4, { attempts: 4, backoffMs: 800, maxBackoffMs: 2_000 });
  for (let round = 0; round < 3; round++) {
    await until('some wait for another attempt', async () => {
      const standing = await Promise.all(ids.map((id) => stand.statusOf(id)));
      return standing.includes('retrying') || standing.every((status) => status === 'succeeded');
    }, LONG_MS / 2); // prettier-ignore
    await stand.redis.kill();
    await stand.redis.start();
  }
  await untilStatus(stand, ids, 'succeeded');
  for (const id of ids) {
    expect(stand.starts.of(id).map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    const kept = JSON.parse(`[${(await stand.fields(id, 'attempts'))[0]}]`) as { attempt: number }[];
    expect(kept.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  }
  await stand.verdict('Redis killed three times among the attempts of 60 calls: four starts each, all kept', {
    starts: { async: 4 },
  });
}, 150_000);
