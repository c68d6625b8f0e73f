/** Do it yourself: Fastify + BullMQ + waitUntilFinished, and a worker in another process that computes the sum. */
import { join } from 'node:path';
import { startRedis } from '../redis-server.mjs';
import { CALL, SUM } from './add.mjs';
import { bullAtRest } from './bullmq-queue.mjs';

const RECORDS = 256;

export const diy = {
  name: 'diy',
  what: 'do it yourself: Fastify + BullMQ + waitUntilFinished, worker in another process; no isolation, no promises',

  async start(house) {
    const redis = await startRedis('diy', house);
    const here = (file) => join(import.meta.dirname, file);
    const worker = await house.processes.peer('diy-worker', here('bullmq-worker.mjs'), { redis: redis.url });
    const api = await house.processes.peer('diy-api', here('diy-api.mjs'), { redis: redis.url });
    const url = `http://127.0.0.1:${api.ready.port}`;
    const post = (sync) => ({
      url,
      requests: [request('/add', { data: CALL, sync })],
      expect: sync ? `"data":${SUM}` : '"status":"queued"',
      status: sync ? 200 : 202,
    });
    return {
      redis,
      pids: { api: api.pid, worker: worker.pid, redis: redis.pid },
      http: { sync: post(true), accept: post(false), get: () => reads(url) },
      atRest: () => bullAtRest(redis.client),
    };
  },
};

/** Made anew for each slice: only the last 1,000 jobs are kept. */
async function reads(url) {
  const ids = [];
  for (let i = 0; i < RECORDS; i++) {
    const response = await fetch(`${url}/add`, request(url, { data: CALL, sync: false }));
    ids.push((await response.json()).id);
  }
  return {
    url,
    requests: ids.map((id) => ({ method: 'GET', path: `/jobs/${id}` })),
    expect: '"status":"completed"',
    status: 200,
  };
}

function request(path, body) {
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
