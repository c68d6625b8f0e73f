/** What BullMQ holds for a slot that a ticket has brought: a lock that does not lapse, and costs few renewals. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BullConsumer } from '@invoq/queue/bull-consumer';
import { InvocationQueue } from '@invoq/queue/invocation-queue';
import type { TakenCall } from '@invoq/queue/lane-consumer';
import { connectPatient } from '@invoq/store/connection/connection';
import { tagOf } from '@invoq/store/keys/keys';
import { startRedis } from '../harness/redis-server';
import { until } from '../harness/until';

const LEASE_MS = 1_500;
const address = { partition: 0, queue: 'default', lane: 'async' } as const;

test('a ticket stays locked while its slot is at work, and is renewed each two thirds of a lease at most', async () => {
  const server = await startRedis();
  const redis = connectPatient(server.url);
  const errors: Error[] = [];
  const onError = (error: Error): void => void errors.push(error);
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  // Runs as long as the test wants.
  const call: TakenCall = { serve: () => over.then(() => true), handBack: async () => undefined };
  const calls = [call];
  const consumer = new BullConsumer({
    address,
    tag: tagOf(address.partition),
    slots: 1,
    redis,
    lockMs: LEASE_MS,
    // The bell is not rung: the ticket brings the slot.
    bellKey: () => `${tagOf(address.partition)}:no-bell`,
    take: async (_, byTicket) => ({ calls: byTicket ? calls.splice(0) : [], more: false }),
    onError,
  });
  const queue = new InvocationQueue(redis, tagOf, 'line', onError);
  await consumer.start();
  await queue.enqueue(address, 'one');
  const locks = (): Promise<string[]> => redis.keys(`${tagOf(address.partition)}:*:lock`);
  await until('a slot is at work', async () => (await locks()).length === 1, 10_000);
  const [lock] = await locks();
  let [left, renewals] = [Infinity, 0];
  for (const endsAt = Date.now() + 6 * LEASE_MS; Date.now() < endsAt; await sleep(20)) {
    const now = await redis.pttl(lock);
    expect(now).toBeGreaterThan(0);
    if (now > left) renewals++;
    left = now;
  }
  expect(renewals).toBeGreaterThanOrEqual(3);
  expect(renewals).toBeLessThanOrEqual(10);
  end();
  await until('its ticket is gone', async () => (await locks()).length === 0, 10_000);
  await consumer.drain(1_000);
  await consumer.close(1_000);
  await queue.close();
  redis.disconnect();
  expect(errors).toEqual([]);
}, 60_000);
