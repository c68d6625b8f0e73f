/**
 * `node bench/finding.mjs [records…]`: what a page of `GET /v1/invocations` costs with 1,000, 100,000 and 1,000,000 records, and
 * what Redis holds for them. Of a built API; the records are written as it would have written them, less their data.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entryOf } from '../scripts/app-process.mjs';
import { root } from '../scripts/places.mjs';
import { plainEnvironment, Processes } from './processes.mjs';
import { startRedis } from './redis-server.mjs';
import { quantile } from './statistics.mjs';
import { markdown } from './table.mjs';

const SIZES = process.argv.slice(2).map(Number);
const PAGES = 200;
const WARM_UP = 50;
const PIPELINE = 2_000;
/** One in so many has failed; the rest succeeded. */
const FAILED = 10_000;
const DAY_MS = 86_400_000;

const dir = mkdtempSync(join(tmpdir(), 'invoq-bench-finding-'));
const processes = new Processes(dir);
try {
  const lines = [];
  for (const size of SIZES.length > 0 ? SIZES : [1_000, 100_000, 1_000_000]) lines.push(...(await measure(size)));
  console.log(markdown([['records', 'page', 'p50 ms', 'p99 ms', 'Redis commands', 'Redis MB'], ...lines]));
} finally {
  await processes.end();
  rmSync(dir, { recursive: true, force: true });
}

async function measure(size) {
  const redis = await startRedis(String(size), { processes, dir });
  const from = Date.now() - DAY_MS;
  await fill(redis.client, size, from);
  const url = await startApi(redis, size);
  const at = (share) => new Date(from + share * DAY_MS).toISOString();
  const pages = {
    'newest 20': '?limit=20',
    'newest 100': '?limit=100',
    '20 from the middle': `?limit=20&until=${at(0.5)}`,
    'the oldest 20': `?limit=20&until=${at(20 / size)}`,
    'newest 20 of one function': '?limit=20&function=seldom',
    [`20 that failed (1 in ${FAILED.toLocaleString('en')})`]: '?limit=20&status=failed',
  };
  const mb = Math.round(Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))[1]) / 1024 ** 2);
  const lines = [];
  for (const [what, query] of Object.entries(pages)) {
    const { p50, p99, commands } = await time(`${url}/v1/invocations${query}`, redis);
    lines.push([size.toLocaleString('en'), what, p50.toFixed(2), p99.toFixed(2), commands.toFixed(0), String(mb)]);
  }
  redis.client.disconnect();
  return lines;
}

async function time(url, redis) {
  const took = [];
  let before = {};
  for (let i = -WARM_UP; i < PAGES; i++) {
    if (i === 0) before = await redis.commands();
    const began = performance.now();
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    const { data } = await response.json();
    if (!Array.isArray(data?.invocations)) throw new Error(`${url}: ${response.status}`);
    if (i >= 0) took.push(performance.now() - began);
  }
  const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  return {
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    commands: (sum(await redis.commands()) - sum(before)) / PAGES,
  };
}

/** Spread over a day; every hundredth is of another function. */
async function fill(client, size, from) {
  for (let done = 0; done < size; done += PIPELINE) {
    const pipeline = client.pipeline();
    for (let i = done; i < Math.min(done + PIPELINE, size); i++) {
      const id = requestID();
      const at = Math.floor(from + (i / size) * DAY_MS);
      const name = i % 100 === 0 ? 'seldom' : 'often';
      const status = i % FAILED === 0 ? 'failed' : 'succeeded';
      pipeline.hset(`{invoq:0}:inv:${id}`, {
        terms: termsOf(name), mode: 'async', status, attempt: 1, queuedAt: at, startedAt: at + 1, finishedAt: at + 2,
        timeoutMs: 300_000, retainMs: DAY_MS, origin: '{"eventType":"api","ip":"127.0.0.1"}', code: 0,
        envelope: `{"code":0,"data":3,"error":{},"requestID":"${id}"}`,
      }); // prettier-ignore
      pipeline.zadd('{invoq:0}:calls:default', at, id);
      pipeline.zadd(`{invoq:0}:calls:default:${name}`, at, id);
    }
    await pipeline.exec();
  }
}

function termsOf(name) {
  const terms = {
    function: name, env: 'default', queue: 'default', lane: 'async', depth: 0, priority: 0, maxStarts: 3,
    queueAgeMs: 21_600_000,
  }; // prettier-ignore
  return JSON.stringify(terms);
}

/** Of partition 0: its last byte is its first. */
function requestID() {
  const hex = randomBytes(15).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 30)}${hex.slice(0, 2)}`;
}

async function startApi(redis, size) {
  const { said } = await processes.start(`api-${size}`, process.execPath, [join(root, entryOf('api'))], {
    env: { ...plainEnvironment(), REDIS_URL: redis.url, PORT: '0', INVOQ_DATA: join(dir, 'data') },
    match: (line) => (line.includes('"listening"') ? JSON.parse(line).port : undefined),
  });
  return `http://127.0.0.1:${said}`;
}
