/** What one writes in an afternoon: Fastify in front of a BullMQ queue. */
import Fastify from 'fastify';
import { answering, settings } from '../answering.mjs';
import { bullQueue } from './bullmq-queue.mjs';

const { queue, add, call } = await bullQueue(settings.redis);
const app = Fastify();

app.post('/add', async (request, reply) => {
  const { data, sync = true } = request.body;
  if (sync) return { data: await call(data) };
  const job = await add(data);
  return reply.status(202).send({ id: job.id, status: 'queued' });
});

app.get('/jobs/:id', async (request, reply) => {
  const job = await queue.getJob(request.params.id);
  if (!job) return reply.status(404).send({ error: 'unknown' });
  return { id: job.id, status: await job.getState(), data: job.returnvalue };
});

await app.listen({ port: 0, host: '127.0.0.1' });
answering({ port: app.server.address().port }, async () => undefined);
