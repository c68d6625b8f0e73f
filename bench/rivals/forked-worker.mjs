/** A BullMQ worker that has the sum computed in child processes, as its documentation has it for work that may hang or crash. */
import { join } from 'node:path';
import { Worker } from 'bullmq';
import { answering, settings } from '../answering.mjs';
import { SLOTS } from './add.mjs';

const worker = new Worker('bench', join(import.meta.dirname, 'forked-processor.cjs'), {
  connection: { url: settings.redis, maxRetriesPerRequest: null },
  concurrency: SLOTS,
});
worker.on('error', (error) => console.error(error));
await worker.waitUntilReady();

answering(true, async () => undefined);
