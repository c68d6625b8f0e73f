/** A BullMQ worker that computes the sum in its own loop. */
import { Worker } from 'bullmq';
import { answering, settings } from '../answering.mjs';
import { add, IN_LOOP } from './add.mjs';

const worker = new Worker('bench', async (job) => add(job.data), {
  connection: { url: settings.redis, maxRetriesPerRequest: null },
  concurrency: IN_LOOP,
});
worker.on('error', (error) => console.error(error));
await worker.waitUntilReady();

answering(true, async () => undefined);
