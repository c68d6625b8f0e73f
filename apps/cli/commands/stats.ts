/** `invoq stats`: how calls went over time. */
import type { Percentiles, StatsPoint, StatsSeries } from '@invoq/client/index';
import { lengthText } from '../output/lengths';
import type { Column } from '../output/table';
import type { Use } from '../use';

interface Options {
  function?: string;
  from?: string;
  to?: string;
  step?: number;
  by?: 'function';
}

type Row = Omit<StatsPoint, 'at'> & { name: string };

const COLUMNS: Column<Row>[] = [
  { head: 'FUNCTION', of: ({ name }) => name },
  { head: 'CALLS', of: ({ calls }) => sumOf(calls), right: true },
  {
    head: 'NOT SUCCEEDED',
    of: ({ calls }) => sumOf(calls) - (calls.succeeded ?? 0),
    right: true,
    paint: ({ calls }, text, paint) => (sumOf(calls) > (calls.succeeded ?? 0) ? paint.bad(text) : text),
  },
  { head: 'WAITED P50', of: at('queueMs', 'p50'), right: true },
  { head: 'P95', of: at('queueMs', 'p95'), right: true },
  { head: 'P99', of: at('queueMs', 'p99'), right: true },
  { head: 'RAN P50', of: at('runMs', 'p50'), right: true },
  { head: 'P95', of: at('runMs', 'p95'), right: true },
  { head: 'P99', of: at('runMs', 'p99'), right: true },
];

export async function run(use: Use<Options>): Promise<void> {
  const { options, out, signal } = use;
  const { function: name, from, to, step, by } = options;
  const stats = await (await use.client()).stats.read({ function: name, from, to, step, by, signal });
  const rows = by === 'function' ? stats.series.map(totalOf) : stats.series.flatMap(pointsOf);
  const columns = by === 'function' ? COLUMNS : [{ ...COLUMNS[0], head: 'FROM' }, ...COLUMNS.slice(1)];
  out.table(stats, columns, rows, `No call ended from ${stats.from} to ${stats.to}.`);
}

function totalOf({ function: name = 'all', total }: StatsSeries): Row {
  return { name, ...total };
}

function pointsOf(series: StatsSeries): Row[] {
  if (series.points.length === 0) return [];
  const points = series.points.map(({ at: from, ...rest }) => ({ name: from, ...rest }));
  return [...points, { name: 'all', ...series.total }];
}

function sumOf(calls: Row['calls']): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}

function at(what: 'queueMs' | 'runMs', which: keyof Percentiles): (row: Row) => string | undefined {
  return ({ [what]: percentiles }) => (percentiles === undefined ? undefined : lengthText(percentiles[which]));
}
