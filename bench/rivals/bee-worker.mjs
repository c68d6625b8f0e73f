/** A bee-queue worker that computes the sum in its own loop. */
import Queue from 'bee-queue';
import { answering, settings } from '../answering.mjs';
import { add, IN_LOOP } from './add.mjs';

const queue = new Queue('bench', { redis: { port: settings.port }, getEvents: false, storeJobs: false });
queue.on('error', (error) => console.error(error));
queue.process(IN_LOOP, async (job) => add(job.data));
await queue.ready();

answering(true, async () => undefined);
