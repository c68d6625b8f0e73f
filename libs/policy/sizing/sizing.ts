/**
 * From a load to machines, by the costs that were measured for one call. All is planned for 60 % of a core, so that a peak
 * finds room, and the machines that are left carry the load when one is lost.
 */
import { cpuOf, functionsCpu, runningOf, ratesOf, trafficOf } from './calls-cost';
import { bytesText, coresText, percent, shown } from './figures';
import type { Load } from './load';
import { UNITS } from './measured-units';
import { redisMemory, redisPrimaries } from './redis-size';
import { type Plan, Sum, type Units } from './sizing-plan';
import { warningsOf } from './warnings';

/** Of a core and of a machine, at the peak. */
const BUSY = 0.6;
/** Of the machines that are left when one is lost. */
const BUSY_WITHOUT_ONE = 0.9;
/** Of the memory of a machine. */
const MEMORY_SHARE = 0.8;
/** CPU of a replica, of that of its primary. */
const REPLICA_SHARE = 0.5;
/** Generic sandboxes of a worker: `INVOQ_SPARES`. */
const SPARES = 2;
/** Of machines, and of processes of a kind: one may be lost. */
const LEAST = 2;
const MB = 1_024 ** 2;
const US = 1_000_000;

export function size(load: Load, units: Units = UNITS): Plan {
  const sum = new Sum();
  const running = runningOf(load, ratesOf(load), sum);
  const [api, worker, sandboxesUs, redisUs] = (['api', 'worker', 'sandboxes', 'redis'] as const).map((role) =>
    cpuOf(role, load, running.all, units, sum),
  );
  const apiProcesses = processes('API processes', api, sum);
  const workerProcesses = processes('worker processes', worker, sum);
  const idle = sum.add(
    'CPU: idle processes',
    (apiProcesses * units.idleUs.api + workerProcesses * units.idleUs.worker) / US,
    'cores',
    `${apiProcesses} APIs × ${shown(units.idleUs.api)} + ${workerProcesses} workers × ${shown(units.idleUs.worker)} µs`,
  );
  const functions = functionsCpu(load, sum);
  const memory = redisMemory(load, running.all, units, sum);
  const redis = redisPrimaries(load, redisUs, memory.maxmemory, workerProcesses, units, sum);
  const replicas = redis.us * REPLICA_SHARE;
  const cores = sum.add(
    'CPU: all',
    (api + worker + sandboxesUs + functions + redis.us + replicas) / US + idle,
    'cores',
    `${[api, worker, sandboxesUs, idle * US, functions].map(coresText).join(' + ')} + Redis ${coresText(redis.us)} + replicas ${coresText(replicas)}`,
  );
  const { slots } = running;
  const sandboxes = sum.add(
    'sandboxes',
    slots.sync + slots.async + SPARES * workerProcesses,
    '',
    `${slots.sync} + ${slots.async} slots, and ${SPARES} spares of each worker`,
  );
  const memoryBytes = memoryOf(load, { apiProcesses, workerProcesses, sandboxes }, memory.maxmemory, units, sum);
  const machines = sum.add('machines', machinesFor(load, cores, memoryBytes), '', ruleText(load));
  const plan = {
    machines, apiProcesses, workerProcesses, slots, sandboxes, cores, memoryBytes,
    redisPrimaries: redis.primaries, partitions: redis.partitions, redisCores: redis.us / redis.primaries / US,
    redisBytes: memory.data, redisMaxmemoryBytes: memory.maxmemory, redisDiskBytes: memory.disk, blobBytes: memory.blobs,
    ...trafficOf(load, units, sum), steps: sum.steps,
  }; // prettier-ignore
  return { ...plan, warnings: warningsOf(load, plan) };
}

function processes(what: string, us: number, sum: Sum): number {
  const count = Math.max(LEAST, Math.ceil(us / US / BUSY));
  return sum.add(what, count, '', `${coresText(us)} cores ÷ ${BUSY} of a core each; at least ${LEAST}`);
}

function memoryOf(
  { functionMb }: Load,
  { apiProcesses, workerProcesses, sandboxes }: Pick<Plan, 'apiProcesses' | 'workerProcesses' | 'sandboxes'>,
  maxmemory: number,
  { processMb }: Units,
  sum: Sum,
): number {
  const processBytes = (apiProcesses * processMb.api + workerProcesses * processMb.worker) * MB;
  const sandboxBytes = sandboxes * (processMb.sandboxOwn + functionMb) * MB;
  return sum.add(
    'memory: all',
    processBytes + sandboxBytes + 2 * maxmemory,
    'bytes',
    `processes ${bytesText(processBytes)} + ${sandboxes} sandboxes × (${processMb.sandboxOwn} + ${functionMb}) MB` +
      ` + Redis and its replicas 2 × ${bytesText(maxmemory)}`,
  );
}

function machinesFor(load: Load, cores: number, memoryBytes: number): number {
  const forCores = cores / load.cores / BUSY;
  const withoutOne = cores / load.cores / BUSY_WITHOUT_ONE + 1;
  const forMemory = memoryBytes / load.machineBytes / MEMORY_SHARE;
  return Math.max(LEAST, Math.ceil(forCores), Math.ceil(withoutOne), Math.ceil(forMemory));
}

function ruleText({ cores, machineBytes }: Load): string {
  return (
    `of ${cores} cores and ${bytesText(machineBytes)}: at most ${percent(BUSY)} of their cores,` +
    ` ${percent(BUSY_WITHOUT_ONE)} when one is lost, ${percent(MEMORY_SHARE)} of their memory`
  );
}
