import { type Load, USUAL } from './load';
import { size } from './sizing';
import type { Units } from './sizing-plan';

const roles = (api: number, worker: number, sandboxes: number, redis: number) => ({ api, worker, sandboxes, redis });
/** Round numbers, so that a plan can be checked in the head. */
const UNITS: Units = {
  measured: { date: '2027-01-01', machine: 'paper', node: 'v24', redis: '7' },
  callUs: {
    syncLoad: roles(100, 200, 100, 100),
    syncAlone: roles(300, 400, 100, 300),
    asyncLoad: roles(100, 200, 100, 100),
    asyncAlone: roles(300, 400, 100, 300),
    read: roles(50, 0, 0, 0),
  },
  kbUs: roles(10, 10, 10, 10),
  idleUs: roles(1_000, 1_000, 0, 1_000),
  partitionUs: roles(100, 100, 0, 100),
  runningUs: roles(0, 400, 100, 10),
  commands: { sync: 18, async: 24, idle: 90, partition: 60, running: 3 },
  callBytes: { syncAof: 3_000, asyncAof: 3_000, syncRedis: 1_500, asyncRedis: 1_500, http: 500 },
  byteFactors: { aof: 1, redis: 2 },
  recordBytes: {
    waiting: 2_000,
    sync: 2_000,
    async: 2_000,
    dead: 3_000,
    waitingByte: 1,
    dataByte: 1,
    resultByte: 1,
    logLine: 100,
  },
  compactBytes: { waiting: 1_000, sync: 1_000, async: 1_000, dead: 1_500 },
  processMb: { api: 100, worker: 100, sandbox: 40, sandboxOwn: 10 },
};
const plan = (load: Partial<Load>) => size({ rate: 50, ...USUAL, ...load }, UNITS);

test('50 calls a second fit on two machines, with one Redis and one partition', () => {
  expect(plan({ runMs: 800 })).toMatchObject({
    machines: 2, apiProcesses: 2, workerProcesses: 2, redisPrimaries: 1, partitions: 1,
    // 20 sync run: 20 ÷ 0.6 = 33.3, 20 + 3 × √20 = 33.4; 20 async: 20 ÷ 0.8.
    slots: { sync: 34, async: 25 }, sandboxes: 34 + 25 + 2 * 2,
  }); // prettier-ignore
});

test('CPU of a role: calls, what they carry, reads, and what runs', () => {
  const { steps } = plan({ rate: 1_000, syncShare: 0.5, runMs: 100 });
  const cores = (what: string) => steps.find((step) => step.what === what)?.value;
  // 500 × 100 + 500 × 100 + 1,000 × 1 KB × 10 + 500 reads × 50
  expect(cores('CPU: API')).toBeCloseTo(0.135);
  // 500 × 200 twice, 10,000 for the KB, 100 running × 400
  expect(cores('CPU: workers')).toBeCloseTo(0.25);
});

const KEPT = { rate: 10, syncShare: 0, runMs: 0, keepAsyncMs: 1_000_000, waiting: 100, resultBytes: 500 };

test('memory of Redis: rate × time kept × record, what waits, results, data that are kept, and lines of log', () => {
  const load = { ...KEPT, dataBytes: 300 };
  expect(plan(load).redisBytes).toBe(10_000 * 2_500 + 100 * 2_300);
  expect(plan({ ...load, keepsData: true, logLines: 2 }).redisBytes).toBe(10_000 * 3_000 + 100 * 2_300);
  expect(plan({ ...load, keepAsyncMs: 2_000_000 }).redisBytes).toBe(20_000 * 2_500 + 100 * 2_300);
});

test('compact records take less, as long as no value is long', () => {
  const load = { ...KEPT, isCompact: true };
  expect(plan({ ...load, dataBytes: 300 }).redisBytes).toBe(10_000 * 1_500 + 100 * 1_300);
  expect(plan({ ...load, dataBytes: 3_000 }).redisBytes).toBe(10_000 * 1_500 + 100 * 5_000);
  expect(plan({ ...load, dataBytes: 3_000, keepsData: true }).redisBytes).toBe(10_000 * 5_500 + 100 * 5_000);
});

test('large results are files, and not in Redis', () => {
  const { blobBytes, redisBytes } = plan({
    rate: 1, syncShare: 0, runMs: 0, keepAsyncMs: 10_000, resultBytes: 1e6, waiting: 0,
  }); // prettier-ignore
  expect({ blobBytes, redisBytes }).toEqual({ blobBytes: 10e6, redisBytes: 10 * 2_000 });
});

test('beyond one thread Redis is a cluster of at least three, with four partitions each', () => {
  const many = plan({ rate: 10_000, keepSyncMs: 60_000, keepAsyncMs: 60_000 });
  expect(many.redisPrimaries).toBeGreaterThanOrEqual(3);
  expect(many.partitions).toBe(4 * many.redisPrimaries);
  expect(many.redisCores).toBeLessThanOrEqual(0.6);
  expect(many.warnings.join()).toContain(`INVOQ_PARTITIONS=${many.partitions}`);
});

test('partitions that are asked for are kept', () => expect(plan({ partitions: 64 }).partitions).toBe(64));

test('memory alone can need more primaries, and says what to change', () => {
  const kept = plan({ rate: 500, keepAsyncMs: 86_400_000 });
  expect(kept.redisPrimaries).toBeGreaterThan(1);
  expect(kept.warnings.join()).toContain('--keep');
});

test('no load needs less than a smaller one', () => {
  let before = plan({ rate: 1 });
  for (let rate = 2; rate < 30_000; rate = Math.ceil(rate * 1.3)) {
    const now = plan({ rate });
    for (const name of [
      'machines',
      'apiProcesses',
      'workerProcesses',
      'redisPrimaries',
      'cores',
      'memoryBytes',
    ] as const)
      expect(now[name]).toBeGreaterThanOrEqual(before[name]);
    before = now;
  }
});

test('when one machine is lost, 90 % of those that are left suffice', () => {
  for (const rate of [50, 500, 5_000, 50_000]) {
    const { cores, machines } = plan({ rate, functionCpuMs: 1 });
    expect(cores).toBeLessThanOrEqual(machines * USUAL.cores * 0.6);
    expect(cores).toBeLessThanOrEqual((machines - 1) * USUAL.cores * 0.9);
  }
});

describe('warnings', () => {
  const warned = (load: Partial<Load>) => plan(load).warnings.join('\n');
  test('only of the CPU of functions when nothing is near a limit', () => {
    expect(warned({ keepAsyncMs: 3_600_000 })).toBe(
      'CPU time of the functions is not in it: give --function-cpu, such as 20ms.',
    );
    expect(warned({ keepAsyncMs: 3_600_000, functionCpuMs: 1 })).toBe('');
  });
  test.each<[string, Partial<Load>, RegExp]>([
    ['a thread of Redis that is nearly full', { rate: 4_000, keepSyncMs: 1_000, keepAsyncMs: 1_000 }, /one thread/],
    ['sync calls that run too long', { runMs: 6_000 }, /after 5 s/],
    ['runs beyond the limit', { syncShare: 0, runMs: 400_000 }, /300 s/],
    ['data that must be uploaded', { dataBytes: 2e6 }, /uploaded/],
    ['results that are files', { resultBytes: 1e6 }, /256 KB/],
    ['a busy disk', { rate: 10_000, dataBytes: 10_000 }, /AOF/],
    ['very many sandboxes', { rate: 1_000, runMs: 4_000, functionMb: 0, machineBytes: 1e12 }, /sandboxes a machine/],
    ['more primaries than a cluster should have', { rate: 100_000 }, /second installation/],
  ])('%s', (_, load, said) => expect(warned(load)).toMatch(said));
});
