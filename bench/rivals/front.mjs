/** The HTTP server in front of a queue, the same for every rival in Node: Fastify and three ways in. */
import Fastify from 'fastify';
import { answering } from '../answering.mjs';

/**
 * @param {{ call: (data: object) => Promise<unknown>, add: (data: object) => Promise<string>,
 *   read: (id: string) => Promise<{ id: string, status: string, data?: unknown } | undefined> }} queue
 *   `call` waits for the sum, `add` gives the id, `read` tells how it stands
 */
export async function serve({ call, add, read }) {
  const app = Fastify();
  app.post('/add', async (request, reply) => {
    const { data, sync = true } = request.body;
    if (sync) return { data: await call(data) };
    return reply.status(202).send({ id: await add(data), status: 'queued' });
  });
  app.get('/jobs/:id', async (request, reply) => {
    return (await read(request.params.id)) ?? reply.status(404).send({ error: 'unknown' });
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  answering({ port: app.server.address().port }, async () => undefined);
}
