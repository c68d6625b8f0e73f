/** The floor: request and reply over two Redis lists. Nothing is kept, and what a worker holds when it dies is lost. */
import { join } from 'node:path';
import { startRedis } from '../redis-server.mjs';

export const redis = {
  name: 'redis',
  label: 'Redis lists, no HTTP',
  isFloor: true,
  what: 'floor: LPUSH + BLPOP both ways; no HTTP, nothing kept, lost with its worker',

  async start(house) {
    const server = await startRedis('redis', house);
    const here = (file) => join(import.meta.dirname, file);
    const worker = await house.processes.peer('redis-worker', here('redis-worker.mjs'), { redis: server.url });
    const caller = await house.processes.peer('redis-caller', here('redis-caller.mjs'), { redis: server.url });
    return {
      redis: server,
      pids: { api: caller.pid, worker: worker.pid, redis: server.pid },
      peers: { sync: caller },
      atRest: async () => (await server.client.llen('requests')) === 0,
    };
  },
};
