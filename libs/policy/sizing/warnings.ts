/** What a plan does not say by its numbers: where it comes near a limit, and what it leaves out. */
import { bytesText, shown } from './figures';
import { INLINE_BYTES, type Load } from './load';
import type { Plan } from './sizing-plan';

type Figures = Omit<Plan, 'warnings'>;

const MB = 1_024 ** 2;
/** Announcements reach every node of a cluster: docs/scaling.md. */
const MOST_PRIMARIES = 10;
/** A disk of a small cloud machine writes little more in a second. */
const BUSY_DISK_BYTES = 50 * MB;
/** Of the memory of a machine: a rewrite of the AOF copies what changes meanwhile. */
const REDIS_SHARE = 0.5;
const MANY_SANDBOXES = 500;
const SYNC_LIMIT_MS = 5_000;
const RUN_LIMIT_MS = 300_000;
const UPLOAD_BYTES = MB;

const WARNINGS: { applies(load: Load, plan: Figures): boolean; text(load: Load, plan: Figures): string }[] = [
  {
    applies: ({ functionCpuMs }) => functionCpuMs === 0,
    text: () => 'CPU time of the functions is not in it: give --function-cpu, such as 20ms.',
  },
  {
    applies: (_, { redisPrimaries, redisCores }) => redisPrimaries === 1 && redisCores > 0.4,
    text: (_, { redisCores }) =>
      `Redis has one thread, and this takes ${shown(redisCores * 100)} % of its core. Near 60 % go to a Redis Cluster, with partitions (docs/scaling.md).`,
  },
  {
    applies: (_, { redisPrimaries }) => redisPrimaries > 1,
    text: (_, { redisPrimaries, partitions }) =>
      `This needs a Redis Cluster of ${redisPrimaries} primaries with a replica each, and INVOQ_PARTITIONS=${partitions} in all processes.`,
  },
  {
    applies: (_, { redisPrimaries }) => redisPrimaries > MOST_PRIMARIES,
    text: () => 'Beyond ten primaries build a second installation: announcements reach every node of a cluster.',
  },
  {
    applies: ({ machineBytes }, { redisMaxmemoryBytes, redisPrimaries }) =>
      redisMaxmemoryBytes / redisPrimaries > machineBytes * REDIS_SHARE,
    text: (_, { redisMaxmemoryBytes, redisPrimaries }) =>
      `A primary needs ${bytesText(redisMaxmemoryBytes / redisPrimaries)}, over half of a machine. Keep records for less time (--keep, --keep-sync), or give Redis larger machines.`,
  },
  {
    applies: ({ syncShare, runMs }) => syncShare > 0 && runMs > SYNC_LIMIT_MS,
    text: () => 'A sync call ends after 5 s: functions that run longer must be called async.',
  },
  {
    applies: ({ runMs }) => runMs > RUN_LIMIT_MS,
    text: () => 'A function is killed after 300 s, unless functions.json gives it more.',
  },
  {
    applies: ({ dataBytes }) => dataBytes > UPLOAD_BYTES,
    text: () => 'Data over 1 MB are uploaded as files. Their disk and network are not in it (docs/large-data.md).',
  },
  {
    applies: ({ resultBytes }) => resultBytes > INLINE_BYTES,
    text: (_, { blobBytes }) => `Results over 256 KB are files: ${bytesText(blobBytes)} of disk or of S3.`,
  },
  {
    applies: (_, { aofBytes }) => aofBytes > BUSY_DISK_BYTES,
    text: (_, { aofBytes }) => `Redis writes ${bytesText(aofBytes)} a second to its AOF: it needs a disk that does.`,
  },
  {
    applies: (_, { sandboxes, machines }) => sandboxes / machines > MANY_SANDBOXES,
    text: (_, { sandboxes, machines }) =>
      `${shown(sandboxes / machines)} sandboxes a machine: raise its limits of processes and open files.`,
  },
];

export function warningsOf(load: Load, plan: Figures): string[] {
  return WARNINGS.filter(({ applies }) => applies(load, plan)).map(({ text }) => text(load, plan));
}
