/** BullMQ alone: add and waitUntilFinished from the caller's own process, no HTTP, no isolation, no record. */
import { join } from 'node:path';
import { startRedis } from '../redis-server.mjs';
import { bullAtRest } from './bullmq-queue.mjs';

export const bullmq = {
  name: 'bullmq',
  label: 'BullMQ alone, no HTTP',
  what: 'BullMQ alone: add + worker in another process + waitUntilFinished; no HTTP',

  async start(house) {
    const redis = await startRedis('bullmq', house);
    const here = (file) => join(import.meta.dirname, file);
    const worker = await house.processes.peer('bullmq-worker', here('bullmq-worker.mjs'), { redis: redis.url });
    const caller = await house.processes.peer('bullmq-caller', here('bullmq-caller.mjs'), { redis: redis.url });
    return {
      redis,
      // The caller is the load here, and half of what a front would do: it is counted as that.
      pids: { api: caller.pid, worker: worker.pid, redis: redis.pid },
      peers: { sync: caller, accept: caller },
      atRest: () => bullAtRest(redis.client),
    };
  },
};
