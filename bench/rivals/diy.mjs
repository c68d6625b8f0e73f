/** Do it yourself: Fastify + BullMQ + waitUntilFinished, and a worker in another process that computes the sum. */
import { join } from 'node:path';
import { startRedis } from '../redis-server.mjs';
import { bullAtRest } from './bullmq-queue.mjs';
import { frontRequests } from './front-requests.mjs';

export const diy = doItYourself(
  'diy',
  'Fastify + BullMQ',
  'do it yourself: Fastify + BullMQ + waitUntilFinished, worker in another process, 32 calls at a time; no isolation, no promises',
  'bullmq-worker.mjs',
);

export const forked = doItYourself(
  'forked',
  'Fastify + BullMQ, forked',
  "the same with BullMQ's sandboxed processors: each job in a child process, no time limit, no record",
  'forked-worker.mjs',
);

function doItYourself(name, label, what, workerFile) {
  return { name, label, what, start: (house) => start(name, workerFile, house) };
}

async function start(name, workerFile, house) {
  const redis = await startRedis(name, house);
  const here = (file) => join(import.meta.dirname, file);
  const worker = await house.processes.peer(`${name}-worker`, here(workerFile), { redis: redis.url });
  const api = await house.processes.peer(`${name}-api`, here('diy-api.mjs'), { redis: redis.url });
  return {
    redis,
    pids: { api: api.pid, worker: worker.pid, redis: redis.pid },
    http: frontRequests(`http://127.0.0.1:${api.ready.port}`),
    atRest: () => bullAtRest(redis.client),
  };
}
