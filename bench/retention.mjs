/**
 * `node bench/retention.mjs [--jobs 100000] [--listpack 64]`: what a record takes in Redis, and that what is past retention gives it back.
 * Writes records by the protocol's own scripts to a Redis of its own, waits for their end, and compares memory with the start.
 * `--listpack`: hash-max-listpack-value of Redis, up to which a record is kept as one compact text.
 * Exit code 1 when a tenth of what was taken is not given back.
 */
import '../scripts/node-version.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { onStopSignals } from '../scripts/stop-signals.mjs';
import { say, tell } from '../scripts/trouble.mjs';
import { Processes } from './processes.mjs';
import { LOG_LINE, RecordWriter, text, usedMemory } from './record-writer.mjs';
import { startRedis } from './redis-server.mjs';
import { markdown } from './table.mjs';

/** Of each kind, for what one takes. */
const SAMPLE = 5_000;
/** Redis' own cycle of expiry takes its time when very many are due. */
const LINGER_MS = 120_000;
const KINDS = [
  { name: 'sync, small data and result', plan: { mode: 'sync' }, data: '{"x":1,"y":2}', result: '3' },
  { name: 'async, small data and result', plan: {}, data: '{"x":1,"y":2}', result: '3' },
  { name: 'async, two lines of log', plan: {}, data: '{"x":1,"y":2}', result: '3', logs: LOG_LINE + LOG_LINE },
  { name: 'async, 1 KB of data and of result', plan: {}, data: text(1_024), result: text(1_024) },
  { name: 'the same, with `keepData` all', plan: { keepData: 'all' }, data: text(1_024), result: text(1_024) },
  {
    name: 'async, 64 KB of data, small result, `keepData` all',
    plan: { keepData: 'all' },
    data: text(65_536),
    result: '3',
    share: 0.05,
  },
  { name: 'async, 64 KB of result', plan: {}, data: '{}', result: text(65_536), share: 0.05 },
  { name: 'async, failed: a dead letter', plan: { deadMs: true }, data: '{"x":1,"y":2}' },
  { name: 'a dead letter, 1 KB of data', plan: { deadMs: true }, data: text(1_024) },
  { name: 'the same, with `keepData` none', plan: { deadMs: true, keepData: 'none' }, data: text(1_024) },
];

await tell(async () => {
  const { values } = parseArgs({
    options: { jobs: { type: 'string', default: '100000' }, listpack: { type: 'string', default: '64' } },
  });
  const jobs = Math.min(Math.max(Number(values.jobs) || 0, 1_000), 5_000_000);
  await build();
  const dir = mkdtempSync(join(tmpdir(), 'invoq-retention-'));
  const processes = new Processes(dir);
  const close = () => processes.end().finally(() => rmSync(dir, { recursive: true, force: true }));
  onStopSignals({ first: () => void close().finally(() => process.exit(130)), second: () => process.exit(130) });
  try {
    const redis = await startRedis('retention', { processes, dir });
    await redis.client.config('SET', 'hash-max-listpack-value', values.listpack);
    await measure(redis.client, jobs);
    redis.client.disconnect();
  } finally {
    await close();
  }
});

async function measure(redis, jobs) {
  const writer = new RecordWriter(redis);
  // What a worker says that it serves stays for an hour.
  await writer.write(KINDS[1], 0, 1_000);
  const lasting = await expiringKeys(redis);
  // Scripts, their compiled code and Redis' own tables are there before anything is counted.
  await writer.write(KINDS[1], 1_000, 1_000);
  await untilGone(redis, 20_000, lasting);

  const rows = [['record', 'bytes in Redis']];
  for (const kind of KINDS) {
    const count = Math.ceil(SAMPLE * (kind.share ?? 1));
    const before = await usedMemory(redis);
    await writer.write(kind, count, 600_000);
    rows.push([kind.name, Math.round(((await usedMemory(redis)) - before) / count).toLocaleString('en')]);
    await redis.flushall();
  }
  console.log(markdown(rows));

  await writer.write(KINDS[1], 1_000, 1_000);
  await untilGone(redis, 20_000, lasting);
  const start = await usedMemory(redis);
  // All are there at once before the first goes.
  const retainMs = 10_000 + jobs / 3;
  const from = performance.now();
  await writer.write(KINDS[1], jobs, Math.ceil(retainMs));
  const wrote = performance.now() - from;
  const [full, records] = [await usedMemory(redis), await redis.dbsize()];
  say(`${jobs} calls made and ended in ${(wrote / 1_000).toFixed(1)} s: ${mb(full - start)} MB, ${records} keys`);
  const gone = await untilGone(redis, retainMs + LINGER_MS, lasting);
  const end = await usedMemory(redis);
  const kept = (end - start) / (full - start);
  say(
    `all gone ${gone.toFixed(1)} s later: ${mb(start)} MB at the start, ${mb(full)} MB full, ${mb(end)} MB at the end`,
  );
  say(`${(100 * kept).toFixed(2)} % of what was taken is not given back; keys left: ${await redis.dbsize()}`);
  if (kept > 0.1) process.exitCode = 1;
}

/** Seconds until no more keys that end by themselves are left than `lasting`. */
async function untilGone(redis, limitMs, lasting) {
  const from = performance.now();
  while (performance.now() - from < limitMs) {
    if ((await expiringKeys(redis)) <= lasting) return (performance.now() - from) / 1_000;
    await sleep(200);
  }
  throw new Error(`not all gone after ${limitMs} ms`);
}

function mb(bytes) {
  return (bytes / 1_048_576).toFixed(2);
}

async function expiringKeys(redis) {
  const [, expiring = '0'] = /expires=(\d+)/.exec(await redis.info('keyspace')) ?? [];
  return Number(expiring);
}
