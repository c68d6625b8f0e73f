/** bee-queue, which was made for short calls that somebody waits for: Fastify in front, a worker in another process. */
import { join } from 'node:path';
import { installBenchRivals } from '../../scripts/install.mjs';
import { startRedis } from '../redis-server.mjs';
import { frontRequests } from './front-requests.mjs';

export const bee = {
  name: 'bee-queue',
  label: 'Fastify + bee-queue',
  what: 'Fastify + bee-queue + its own events, worker in another process; no isolation; results are not kept',
  isBrought: true,

  async start(house) {
    await installBenchRivals();
    const redis = await startRedis('bee-queue', house);
    const here = (file) => join(import.meta.dirname, file);
    const settings = { port: redis.port };
    const worker = await house.processes.peer('bee-worker', here('bee-worker.mjs'), settings);
    const api = await house.processes.peer('bee-api', here('bee-api.mjs'), settings);
    return {
      redis,
      pids: { api: api.pid, worker: worker.pid, redis: redis.pid },
      http: frontRequests(`http://127.0.0.1:${api.ready.port}`),
      async atRest() {
        const left = ['waiting', 'active'].map((list) => redis.client.llen(`bq:bench:${list}`));
        return (await Promise.all(left)).every((length) => length === 0);
      },
    };
  },
};
