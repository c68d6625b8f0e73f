/** Houses of ours in any size, for the curves: so many APIs and workers on one Redis, with such functions. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryOf } from '../../scripts/app-process.mjs';
import { root } from '../../scripts/places.mjs';
import { plainEnvironment, Processes } from '../processes.mjs';
import { startRedis } from '../redis-server.mjs';

export const ADD = 'exports.main = async (event) => event.a + event.b;\n';
let houses = 0;

/**
 * @param {string} parent the folder of the whole measurement
 * @param {{ apis?: number, workers?: number, functions?: Record<string, string>, env?: object }} [size] `functions`: their
 *   text by the name of their file
 */
export async function openHouse(parent, { apis = 1, workers = 1, functions = { 'add.js': ADD }, env = {} } = {}) {
  const dir = join(parent, `house-${++houses}`);
  mkdirSync(join(dir, 'functions'), { recursive: true });
  for (const [file, text] of Object.entries(functions)) writeFileSync(join(dir, 'functions', file), text);
  const processes = new Processes(dir);
  try {
    const redis = await startRedis('ours', { processes, dir });
    const settings = { ...plainEnvironment(), REDIS_URL: redis.url, INVOQ_DATA: join(dir, 'data'), ...env };
    const app = async (name, i, own) => {
      const { pid, said } = await processes.start(`${name}-${i}`, process.execPath, [join(root, entryOf(name))], {
        env: { ...settings, ...own },
        match: (line) => (line.includes('"listening"') ? JSON.parse(line).port : undefined),
      });
      return { pid, url: `http://127.0.0.1:${said}` };
    };
    const house = { dir, redis, apis: [], workers: [] };
    for (let i = 0; i < apis; i++) house.apis.push(await app('api', i, { PORT: '0' }));
    const own = { WORKER_PORT: '0', INVOQ_FUNCTIONS: join(dir, 'functions'), INVOQ_API_URL: house.apis[0].url };
    for (let i = 0; i < workers; i++) house.workers.push(await app('worker', i, own));
    return { ...house, url: house.apis[0].url, close: () => close(redis, processes) };
  } catch (error) {
    await processes.end();
    throw error;
  }
}

async function close(redis, processes) {
  redis.client.disconnect();
  await processes.end();
}
