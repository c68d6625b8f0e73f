/** Invoq as it is built and by its defaults: an API and a worker, a function in a sandbox, a record for each call. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryOf } from '../../scripts/app-process.mjs';
import { root } from '../../scripts/places.mjs';
import { plainEnvironment } from '../processes.mjs';
import { startRedis } from '../redis-server.mjs';
import { CALL, SUM } from './add.mjs';
import { request } from './front-requests.mjs';

const RECORDS = 256;

export const ours = invoq('ours', 'Invoq', 'Invoq: HTTP, record, BullMQ, sandbox; built, default settings', root);

/** Another checkout of Invoq, built: what a change did is seen by playing both in turns. */
export function before(checkout) {
  return invoq('before', 'Invoq before', `Invoq as built in ${checkout}`, checkout);
}

function invoq(name, label, what, checkout) {
  return { name, label, what, isOurs: true, start: (house) => start(name, checkout, house) };
}

async function start(rival, checkout, house) {
  const { processes, dir } = house;
  const profileDir = rival === 'ours' ? house.profileDir : undefined;
  const redis = await startRedis(rival, house);
  const functions = join(dir, `functions-${rival}`);
  mkdirSync(functions);
  writeFileSync(join(functions, 'add.js'), 'exports.main = async (event) => event.a + event.b;\n');
  const app = async (name, env) => {
    const flags = profileDir
      ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, `--cpu-prof-name=${name}.cpuprofile`]
      : [];
    const entry = join(checkout, entryOf(name));
    const { pid, said } = await processes.start(`${rival}-${name}`, process.execPath, [...flags, entry], {
      env: { ...plainEnvironment(), REDIS_URL: redis.url, ...env },
      match: portOf,
    });
    return { pid, url: `http://127.0.0.1:${said}` };
  };
  const api = await app('api', { PORT: '0' });
  const worker = await app('worker', { WORKER_PORT: '0', INVOQ_FUNCTIONS: functions, INVOQ_API_URL: api.url });

  const path = '/v1/functions/add/invocations';
  const post = (sync) => ({
    url: api.url,
    requests: [request(path, { data: CALL, sync })],
    expect: sync ? `"data":${SUM}` : '"status":"queued"',
    status: sync ? 200 : 202,
  });
  const records = await recordsOf(`${api.url}${path}`);
  const get = {
    url: api.url,
    requests: records.map((id) => ({ method: 'GET', path: `/v1/invocations/${id}` })),
    expect: '"status":"succeeded"',
    status: 200,
  };
  return {
    redis,
    pids: { api: api.pid, worker: worker.pid, redis: redis.pid },
    http: { sync: post(true), accept: post(false), get },
    atRest: async () => (await redis.client.zcard('{invoq:0}:open')) === 0,
  };
}

/** Ids of calls that have ended, to be read. */
async function recordsOf(url) {
  const ids = [];
  while (ids.length < RECORDS) {
    const response = await fetch(url, { ...request(url, { data: CALL }), signal: AbortSignal.timeout(10_000) });
    const { data, requestID } = await response.json();
    if (data !== SUM) throw new Error(`add answered ${data}`);
    ids.push(requestID);
  }
  return ids;
}

function portOf(line) {
  if (!line.includes('"listening"')) return undefined;
  return JSON.parse(line).port;
}
