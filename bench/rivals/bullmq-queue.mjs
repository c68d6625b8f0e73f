/** The producing side of the BullMQ rivals: jobs as its documentation has them, with the last 1,000 kept. */
import { Queue, QueueEvents } from 'bullmq';

/** ms. */
const ANSWER_LIMIT_MS = 10_000;
const KEPT = { count: 1_000 };

export async function bullQueue(redis) {
  const connection = { url: redis, maxRetriesPerRequest: null };
  const queue = new Queue('bench', { connection, defaultJobOptions: { removeOnComplete: KEPT, removeOnFail: KEPT } });
  const events = new QueueEvents('bench', { connection });
  // One listener for each caller that waits.
  events.setMaxListeners(0);
  for (const each of [queue, events]) each.on('error', (error) => console.error(error));
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
  return {
    queue,
    add: (data) => queue.add('add', data),
    call: async (data) => (await queue.add('add', data)).waitUntilFinished(events, ANSWER_LIMIT_MS),
  };
}

/** Nothing waits and nothing runs. */
export async function bullAtRest(client) {
  const [waiting, active] = await Promise.all([client.llen('bull:bench:wait'), client.llen('bull:bench:active')]);
  return waiting + active === 0;
}
