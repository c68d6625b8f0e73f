/** Memory of Redis by what it keeps: calls that wait, records of ended calls, their data, results and lines of log. */
import { LOG_LINE, RecordWriter, text, usedMemory } from '../record-writer.mjs';
import { startRedis } from '../redis-server.mjs';

const COUNT = 5_000;
const SMALL = '{"x":1,"y":2}';
const BIG = 16_384;
const LINES = 20;

const KINDS = {
  waiting: { plan: {}, data: SMALL, waits: true },
  sync: { plan: { mode: 'sync' }, data: SMALL, result: '3' },
  async: { plan: {}, data: SMALL, result: '3' },
  dead: { plan: { deadMs: true }, data: SMALL },
  bigWaiting: { plan: {}, data: text(BIG), waits: true, count: 1_000 },
  bigData: { plan: { keepData: 'all' }, data: text(BIG), result: '3', count: 1_000 },
  bigResult: { plan: {}, data: SMALL, result: text(BIG), count: 1_000 },
  logs: { plan: {}, data: SMALL, result: '3', logs: LOG_LINE.repeat(LINES) },
};

/**
 * @param {number} listpackBytes up to which Redis keeps a hash as one compact text
 * @returns bytes of one, by kind, and for each byte of data, result or log
 */
export async function measureRecords({ processes, dir }, listpackBytes) {
  const redis = await startRedis(`records-${listpackBytes}`, { processes, dir });
  await redis.client.config('SET', 'hash-max-listpack-value', String(listpackBytes));
  const records = new RecordWriter(redis.client);
  const bytes = {};
  try {
    for (const [name, { count = COUNT, ...kind }] of Object.entries(KINDS)) {
      await redis.client.flushall();
      // Scripts and Redis' own tables are there before anything is counted.
      await records.write(kind, 100, 600_000);
      const before = await usedMemory(redis.client);
      await records.write(kind, count, 600_000);
      bytes[name] = ((await usedMemory(redis.client)) - before) / count;
    }
  } finally {
    redis.client.disconnect();
  }
  return {
    waiting: bytes.waiting,
    sync: bytes.sync,
    async: bytes.async,
    dead: bytes.dead,
    waitingByte: (bytes.bigWaiting - bytes.waiting) / BIG,
    dataByte: (bytes.bigData - bytes.async) / BIG,
    resultByte: (bytes.bigResult - bytes.async) / BIG,
    logLine: (bytes.logs - bytes.async) / LINES,
  };
}
