/** Do it yourself: Fastify + BullMQ + waitUntilFinished, and a worker in another process that computes the sum. */
import { join } from 'node:path';
import { startRedis } from '../redis-server.mjs';
import { bullAtRest } from './bullmq-queue.mjs';
import { frontRequests } from './front-requests.mjs';

export const diy = {
  name: 'diy',
  what: 'do it yourself: Fastify + BullMQ + waitUntilFinished, worker in another process; no isolation, no promises',

  async start(house) {
    const redis = await startRedis('diy', house);
    const here = (file) => join(import.meta.dirname, file);
    const worker = await house.processes.peer('diy-worker', here('bullmq-worker.mjs'), { redis: redis.url });
    const api = await house.processes.peer('diy-api', here('diy-api.mjs'), { redis: redis.url });
    return {
      redis,
      pids: { api: api.pid, worker: worker.pid, redis: redis.pid },
      http: frontRequests(`http://127.0.0.1:${api.ready.port}`),
      atRest: () => bullAtRest(redis.client),
    };
  },
};
