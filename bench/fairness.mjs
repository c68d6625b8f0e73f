/**
 * `node bench/fairness.mjs [jobs]`: what another function's calls wait while one function has 10,000 jobs in the same queue.
 * The same calls are made before, during and after the flood; a built API and worker, default settings. The worker's
 * async slots are all taken by the flood's jobs: what is left to wait for is the next free slot.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { entryOf } from '../scripts/app-process.mjs';
import { root } from '../scripts/places.mjs';
import { plainEnvironment, Processes } from './processes.mjs';
import { startRedis } from './redis-server.mjs';
import { quantile } from './statistics.mjs';
import { markdown } from './table.mjs';

const JOBS = Number(process.argv[2] ?? 10_000);
const BATCH = 500;
/** How long one job of the flood runs, ms. */
const JOB_MS = 20;
/** Calls of the other function in each phase, and the pause between them, ms. */
const CALLS = 200;
const PAUSE_MS = 20;
const LIMIT_MS = 60_000;

const dir = mkdtempSync(join(tmpdir(), 'invoq-bench-fairness-'));
const processes = new Processes(dir);
try {
  const url = await startHouse();
  await phase(url);
  const before = await phase(url);
  await flood(url);
  const during = await phase(url);
  const left = await depth(url);
  const line = (name, { waited, ended }, waiting) => [
    name,
    ...[waited, ended].flatMap((ms) => [quantile(ms, 0.5).toFixed(1), quantile(ms, 0.99).toFixed(1)]),
    waiting.toLocaleString('en'),
  ];
  console.log(
    markdown([
      ['', 'in the queue, p50 ms', 'p99 ms', 'to its end, p50 ms', 'p99 ms', 'jobs still waiting then'],
      line('before', before, 0),
      line(`during a flood of ${JOBS.toLocaleString('en')} jobs of ${JOB_MS} ms`, during, left),
    ]),
  );
} finally {
  await processes.end();
  rmSync(dir, { recursive: true, force: true });
}

async function startHouse() {
  const redis = await startRedis('fairness', { processes, dir });
  redis.client.disconnect();
  const functions = join(dir, 'functions');
  mkdirSync(functions);
  writeFileSync(join(functions, 'flood.js'), `exports.main = () => new Promise((r) => setTimeout(r, ${JOB_MS}));\n`);
  writeFileSync(join(functions, 'other.js'), 'exports.main = () => 1;\n');
  const app = async (name, env) => {
    const { said } = await processes.start(name, process.execPath, [join(root, entryOf(name))], {
      env: { ...plainEnvironment(), REDIS_URL: redis.url, INVOQ_DATA: join(dir, 'data'), ...env },
      match: (line) => (line.includes('"listening"') ? JSON.parse(line).port : undefined),
    });
    return `http://127.0.0.1:${said}`;
  };
  const url = await app('api', { PORT: '0' });
  await app('worker', { WORKER_PORT: '0', INVOQ_FUNCTIONS: functions, INVOQ_API_URL: url });
  return url;
}

/** Calls of the other function, one after another: how long each was in the queue, and until its caller had the end. */
async function phase(url) {
  const [waited, ended] = [[], []];
  for (let i = 0; i < CALLS; i++) {
    const began = performance.now();
    const { requestID } = await post(`${url}/v1/functions/other/invocations`, { sync: false });
    const { data } = await get(`${url}/v1/invocations/${requestID}?wait=20`);
    if (data.status !== 'succeeded') throw new Error(`${requestID} is ${data.status}`);
    ended.push(performance.now() - began);
    waited.push(data.queueMs);
    await sleep(PAUSE_MS);
  }
  return { waited, ended };
}

async function flood(url) {
  for (let sent = 0; sent < JOBS; sent += BATCH) {
    const items = new Array(Math.min(BATCH, JOBS - sent)).fill({});
    const { data } = await post(`${url}/v1/functions/flood/invocations/batch`, { items });
    if (data.refused > 0) throw new Error(`${data.refused} jobs were refused`);
  }
}

async function depth(url) {
  const { data } = await get(`${url}/v1/queues`);
  return data.queues.find(({ queue }) => queue === 'default').lanes.find(({ lane }) => lane === 'async').depth;
}

async function post(url, body) {
  const headers = { 'content-type': 'application/json' };
  return get(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function get(url, options) {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(LIMIT_MS) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}
