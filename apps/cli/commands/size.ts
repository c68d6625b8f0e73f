/** `invoq size`: from a load to machines and processes, on paper. It asks no API. */
import { bytesText, shown } from '@invoq/policy/sizing/figures';
import { type Load, USUAL } from '@invoq/policy/sizing/load';
import { UNITS } from '@invoq/policy/sizing/measured-units';
import { size } from '@invoq/policy/sizing/sizing';
import type { Plan, Step } from '@invoq/policy/sizing/sizing-plan';
import { UsageError } from '../faults';
import type { Column } from '../output/table';
import type { Use } from '../use';

interface Options {
  rate?: number;
  sync: number;
  run: number;
  functionCpu: number;
  memoryMb: number;
  payload: number;
  result?: number;
  keep: number;
  keepSync: number;
  keepData?: boolean;
  compact?: boolean;
  logLines: number;
  reads: number;
  waiting: number;
  cores: number;
  machineMemory: number;
  partitions?: number;
  steps?: boolean;
}

interface Row {
  what: string;
  value: string;
  how: string;
}

const STEPS: Column<Row>[] = [
  { head: 'STEP', of: ({ what }) => what },
  { head: 'VALUE', of: ({ value }) => value, right: true },
  { head: 'HOW', of: ({ how }) => how, paint: (_, text, paint) => paint.dim(text) },
];
const SUMMARY: Column<Row>[] = [
  { head: 'NEEDED', of: ({ what }) => what },
  { head: 'VALUE', of: ({ value }) => value, right: true },
  { head: '', of: ({ how }) => how, paint: (_, text, paint) => paint.dim(text) },
];

export async function run({ options, out }: Use<Options>): Promise<void> {
  const load = loadOf(options);
  const plan = size(load);
  if (out.json) return out.line(JSON.stringify({ load, plan, units: UNITS }));
  out.line(out.tableText(SUMMARY, summaryOf(load, plan)));
  if (options.steps) out.line(`\n${out.tableText(STEPS, plan.steps.map(stepRow))}`);
  const { date, machine } = UNITS.measured;
  out.line(`\nA plan on paper, by units of ${date} (${machine}); docs/sizing.md says what they leave out.`);
  for (const warning of plan.warnings) out.line(out.paint.warn(`! ${warning}`));
}

function loadOf({ rate, payload, result = payload, ...options }: Options): Load {
  if (rate === undefined) throw new UsageError('How many calls a second?', 'Give --rate, such as --rate 50.');
  return {
    rate,
    syncShare: options.sync,
    runMs: options.run,
    functionCpuMs: options.functionCpu,
    functionMb: options.memoryMb,
    dataBytes: payload,
    resultBytes: result,
    keepAsyncMs: options.keep,
    keepSyncMs: options.keepSync,
    keepsData: options.keepData ?? USUAL.keepsData,
    isCompact: options.compact ?? USUAL.isCompact,
    logLines: options.logLines,
    reads: options.reads,
    waiting: options.waiting,
    cores: options.cores,
    machineBytes: options.machineMemory,
    partitions: options.partitions,
  };
}

function summaryOf(load: Load, plan: Plan): Row[] {
  const { machines, slots, redisPrimaries: primaries } = plan;
  const a = (count: number): string =>
    count < machines ? `on ${count} of the machines` : `${Math.ceil(count / machines)} a machine`;
  const row = (what: string, value: string, how = ''): Row => ({ what, value, how });
  const rows = [
    row('machines', String(machines), `of ${load.cores} cores and ${bytesText(load.machineBytes)}`),
    row('cores at work', plan.cores.toFixed(2), `of ${machines * load.cores}`),
    row('memory', bytesText(plan.memoryBytes), `of ${bytesText(machines * load.machineBytes)}`),
    row('API processes', String(plan.apiProcesses), a(plan.apiProcesses)),
    row('worker processes', String(plan.workerProcesses), a(plan.workerProcesses)),
    row('slots', `sync=${slots.sync}, async=${slots.async}`, `--slots ${slotsOfOne(plan)} of each worker`),
    row('sandboxes', String(plan.sandboxes), a(plan.sandboxes)),
    row('Redis primaries', String(primaries), `${Math.round(plan.redisCores * 100)} % of a core each; a replica each`),
    row('partitions', String(plan.partitions), `INVOQ_PARTITIONS=${plan.partitions}`),
    row(
      'Redis memory',
      bytesText(plan.redisBytes),
      `maxmemory ${bytesText(plan.redisMaxmemoryBytes / primaries)} each`,
    ),
    row('Redis disk', bytesText(plan.redisDiskBytes), `writes ${bytesText(plan.aofBytes)}/s`),
    row('network', `${bytesText(plan.httpBytes)}/s`, `HTTP; and ${bytesText(plan.redisNetworkBytes)}/s with Redis`),
  ];
  if (plan.blobBytes > 0) rows.push(row('files', bytesText(plan.blobBytes), 'results over 256 KB'));
  return rows;
}

function slotsOfOne({ slots, workerProcesses }: Plan): string {
  const of = (all: number): number => Math.ceil(all / workerProcesses);
  return `sync=${of(slots.sync)},async=${of(slots.async)}`;
}

function stepRow({ what, value, unit, how }: Step): Row {
  return { what, how, value: valueText(value, unit) };
}

function valueText(value: number, unit: Step['unit']): string {
  if (unit === 'bytes') return bytesText(value);
  if (unit === 'bytes/s') return `${bytesText(value)}/s`;
  return unit === '' ? shown(value) : `${value.toFixed(2)} ${unit}`;
}
