/** Fills a waiting line with many calls, by the scripts that the API uses, without HTTP between. */
import { Redis } from 'ioredis';
import { InvocationQueue } from '@invoq/queue/invocation-queue';
import type { Plan } from '@invoq/policy/plan';
import { InvocationStore } from '@invoq/store/invocation-store';
import { tagOf } from '@invoq/store/keys/keys';
import type { Submission } from '@invoq/store/submission/submission';
import { newRequestID } from '@invoq/store/keys/partition';

const AT_A_TIME = 500;

export async function fillLane(url: string, name: string, data: object, count: number, priority = 0): Promise<void> {
  const redis = new Redis(url);
  const store = new InvocationStore(redis);
  const queue = new InvocationQueue(redis, tagOf, 'line', (error) => {
    throw error;
  });
  const plan = {
    mode: 'async', lane: 'async', timeoutMs: 300_000, expireAfterMs: 21_600_000, waitMs: 0, maxStarts: 3, priority, retainMs: 86_400_000,
  } satisfies Plan; // prettier-ignore
  try {
    for (let made = 0; made < count; made += AT_A_TIME) {
      const batch = Array.from({ length: Math.min(AT_A_TIME, count - made) }, async () => {
        const requestID = newRequestID(0);
        const submission: Submission = {
          requestID, env: 'default', function: name, queue: 'default', plan, data: JSON.stringify(data),
          origin: '{"eventType":"api"}', depth: 0, replyTo: '', maxQueued: Number.MAX_SAFE_INTEGER,
        }; // prettier-ignore
        const submitting = store.submit(submission);
        await Promise.all([submitting, queue.enqueue({ partition: 0, queue: 'default', lane: 'async' }, requestID)]);
      });
      await Promise.all(batch);
    }
  } finally {
    await queue.close();
    redis.disconnect();
  }
}
