/** What one writes in an afternoon: Fastify in front of a BullMQ queue. */
import { settings } from '../answering.mjs';
import { bullQueue } from './bullmq-queue.mjs';
import { serve } from './front.mjs';

const { queue, add, call } = await bullQueue(settings.redis);

await serve({
  call,
  add: async (data) => (await add(data)).id,
  async read(id) {
    const job = await queue.getJob(id);
    return job && { id: job.id, status: await job.getState(), data: job.returnvalue };
  },
});
