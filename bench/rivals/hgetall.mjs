/** The floor of reading: Fastify and one HGETALL, of a hash as large as a record of ours. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startRedis } from '../redis-server.mjs';

const RECORDS = 256;

export const hgetall = {
  name: 'hgetall',
  label: 'Fastify + HGETALL',
  isFloor: true,
  what: 'floor of reading: Fastify + HGETALL',

  async start(house) {
    const redis = await startRedis('hgetall', house);
    const ids = Array.from({ length: RECORDS }, () => randomUUID());
    await Promise.all(ids.map((id) => redis.client.hset(`record:${id}`, record(id))));
    const module = join(import.meta.dirname, 'hgetall-api.mjs');
    const api = await house.processes.peer('hgetall-api', module, { redis: redis.url });
    return {
      redis,
      pids: { api: api.pid, redis: redis.pid },
      http: {
        get: {
          url: `http://127.0.0.1:${api.ready.port}`,
          requests: ids.map((id) => ({ method: 'GET', path: `/records/${id}` })),
          expect: '"status":"succeeded"',
          status: 200,
        },
      },
      atRest: async () => true,
    };
  },
};

function record(id) {
  const now = Date.now();
  return {
    ...{ function: 'add', env: 'default', mode: 'sync', status: 'succeeded', attempt: 1, queue: 'default' },
    ...{ lane: 'sync', queuedAt: now, startedAt: now + 1, finishedAt: now + 3 },
    envelope: JSON.stringify({ code: 0, data: 3, error: {}, requestID: id }),
  };
}
