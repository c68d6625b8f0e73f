/** Fastify in front of a bee-queue. */
import Queue from 'bee-queue';
import { settings } from '../answering.mjs';
import { serve } from './front.mjs';

const queue = new Queue('bench', { redis: { port: settings.port }, isWorker: false });
await queue.ready();

await serve({
  call: (data) =>
    new Promise((done, fail) => {
      const job = queue.createJob(data);
      job.once('succeeded', done).once('failed', fail);
      job.save().catch(fail);
    }),
  add: async (data) => (await queue.createJob(data).save()).id,
  async read(id) {
    const job = await queue.getJob(id);
    return job && { id: job.id, status: job.status };
  },
});
