/** Fastify in front of pg-boss. */
import { settings } from '../answering.mjs';
import { serve } from './front.mjs';
import { listen, openBoss, QUEUE } from './pgboss-queue.mjs';

const { boss, query } = await openBoss(settings.url);
const waiting = new Map();
/** Ends that came before whoever added the job knew its id. */
const early = new Map();

await listen(settings.url, 'done', (payload) => {
  const { id, sum } = JSON.parse(payload);
  const done = waiting.get(id);
  if (done) done(sum);
  else early.set(id, sum);
});

async function add(data) {
  const id = await boss.send(QUEUE, data);
  await query("SELECT pg_notify('came', '')");
  return id;
}

await serve({
  async call(data) {
    const id = await add({ ...data, isAwaited: true });
    if (!early.has(id)) await new Promise((done) => waiting.set(id, (sum) => done(early.set(id, sum))));
    const sum = early.get(id);
    waiting.delete(id);
    early.delete(id);
    return sum;
  },
  add,
  async read(id) {
    const job = await boss.getJobById(QUEUE, id);
    return job && { id: job.id, status: job.state, data: job.output?.value };
  },
});
