/** The lab: a sync lane with the core of our promises and nothing else, as a floor of what such a call costs. */
import { join } from 'node:path';
import { plainEnvironment } from '../processes.mjs';
import { startRedis } from '../redis-server.mjs';
import { SUM } from './add.mjs';
import { request } from './front-requests.mjs';

const FOLDER = join(import.meta.dirname, 'lab');
const CHILDREN = 4;

export const lab = laboratory('lab', 32);
export const lab8 = laboratory('lab-8', 8);

function laboratory(name, slots) {
  return {
    name,
    label: `lab, ${slots} slots`,
    isFloor: true,
    what: `floor of a sync call with a record: Nest on Fastify, a Redis stream, child processes with a deadline; ${slots} slots; no leases, retries, limits or fairness`,
    start: (house) => start(name, slots, house),
  };
}

async function start(name, slots, house) {
  const redis = await startRedis(name, house);
  const env = { ...plainEnvironment(), REDIS_PORT: String(redis.port), LANE: 'lab', RECORD: '1' };
  const run = (file, own, match) =>
    house.processes.start(`${name}-${file}`, process.execPath, [join(FOLDER, `${file}.mjs`)], {
      env: { ...env, ...own },
      match,
    });
  // It makes the lane: what came before it would not be heard of.
  const size = { SLOTS: String(slots), CHILDREN: String(CHILDREN) };
  const worker = await run('worker', { ...size, LOG: join(house.dir, `${name}-calls.log`) }, (line) =>
    line === 'ready' ? true : undefined,
  );
  const api = await run('api', { PORT: '0' }, (line) => /^port (\d+)$/.exec(line)?.[1]);
  return {
    redis,
    pids: { api: api.pid, worker: worker.pid, redis: redis.pid },
    http: {
      sync: {
        url: `http://127.0.0.1:${api.said}`,
        requests: [request('/add', { x: 1, y: 2 })],
        expect: `"data":${SUM}`,
        status: 200,
      },
    },
    atRest: async () => (await redis.client.xlen('lab')) === 0,
  };
}
