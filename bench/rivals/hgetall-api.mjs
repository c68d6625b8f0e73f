/** A route that reads a hash and sends it. */
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { answering, settings } from '../answering.mjs';

const store = new Redis(settings.redis);
const app = Fastify();

app.get('/records/:id', async (request, reply) => {
  const record = await store.hgetall(`record:${request.params.id}`);
  if (record.status === undefined) return reply.status(404).send({ error: 'unknown' });
  return { data: record };
});

await app.listen({ port: 0, host: '127.0.0.1' });
answering({ port: app.server.address().port }, async () => undefined);
