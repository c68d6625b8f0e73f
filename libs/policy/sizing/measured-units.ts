/** Written by `node bench/units.mjs`: what a call costs. docs/sizing.md says what each unit is. */
export const UNITS = {
  measured: {
    date: '2026-11-27',
    machine: 'AMD EPYC, 24 GB, Linux 6.18.44-fc-v669, 2 cores',
    node: 'v20.20.2',
    redis: '7.0.15',
  },
  callUs: {
    syncLoad: { api: 238, worker: 242, sandboxes: 206, redis: 202 },
    syncAlone: { api: 975, worker: 925, sandboxes: 188, redis: 763 },
    asyncLoad: { api: 145, worker: 295, sandboxes: 169, redis: 224 },
    asyncAlone: { api: 1360, worker: 1660, sandboxes: 174, redis: 1460 },
    read: { api: 85, worker: 4.9, sandboxes: 0, redis: 6.9 },
  },
  kbUs: { api: 45, worker: 37, sandboxes: 17, redis: 34 },
  idleUs: { api: 13500, worker: 9850, sandboxes: 0, redis: 3690 },
  partitionUs: { api: 141, worker: 418, sandboxes: 20, redis: 238 },
  runningUs: { api: 148, worker: 1530, sandboxes: 0, redis: 75 },
  commands: { sync: 16, async: 16, idle: 80, partition: 37, running: 5.6 },
  callBytes: { syncAof: 2290, asyncAof: 2290, syncRedis: 1290, asyncRedis: 1080, http: 542 },
  byteFactors: { aof: 1, redis: 1.5 },
  recordBytes: {
    waiting: 1880,
    sync: 2190,
    async: 2190,
    dead: 2910,
    waitingByte: 1.3,
    dataByte: 1.3,
    resultByte: 1.2,
    logLine: 114,
  },
  processMb: { api: 139, worker: 165, sandbox: 42, sandboxOwn: 8 },
};
