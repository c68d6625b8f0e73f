/** `invoq stats`: how many calls ended, how, and how long they waited and ran. */
import type { FunctionStats, Stats, StatsOfCalls, StatsPoint } from '@invoq/client/index';
import { connectionOf } from '../connection';
import { lengthText } from '../output/lengths';
import type { Column } from '../output/table';
import { shownAgain, type WatchOptions } from '../output/watch';
import type { Use } from '../use';

interface Options extends WatchOptions {
  from?: string;
  to?: string;
  step?: number;
  byFunction?: boolean;
  limit?: number;
}

type Row = StatsOfCalls & { title: string };

const OTHERWISE = ['failed', 'timedOut', 'crashed', 'expired', 'cancelled', 'lost'] as const;

export async function run(use: Use<Options>): Promise<void> {
  const { options, args, out, signal } = use;
  const invoq = await use.client();
  const { from, to, step, byFunction, limit } = options;
  const { env } = connectionOf(options);
  const query = { function: args[0], env, from, to, step, by: byFunction ? ('function' as const) : undefined, limit };
  await shownAgain(
    use,
    () => invoq.stats({ ...query, signal }),
    (stats) => {
      const rows = byFunction ? stats.functions!.map(functionRow) : pointRows(stats);
      const head = byFunction ? 'FUNCTION' : 'FROM';
      out.table(stats, columns(head), rows, 'No call ended in this time. Another --from, or another --env?');
    },
  );
}

function columns(head: string): Column<Row>[] {
  const time = (name: string, of: (row: Row) => number | undefined): Column<Row> => ({
    head: name,
    of: (row) => (of(row) === undefined ? undefined : lengthText(of(row)!)),
    right: true,
  });
  return [
    { head, of: ({ title }) => title },
    { head: 'CALLS', of: ({ calls }) => calls.total, right: true },
    { head: 'SUCCEEDED', of: ({ calls }) => calls.succeeded, right: true },
    time('WAIT P50', ({ waitMs }) => waitMs?.p50),
    time('P99', ({ waitMs }) => waitMs?.p99),
    time('RUN P50', ({ runMs }) => runMs?.p50),
    time('P99', ({ runMs }) => runMs?.p99),
    time('MAX', ({ runMs }) => runMs?.max),
    { head: 'OTHERWISE', of: otherwise, paint: (_, text, paint) => paint.warn(text) },
  ];
}

function otherwise({ calls }: Row): string {
  return OTHERWISE.filter((outcome) => calls[outcome] > 0)
    .map((outcome) => `${calls[outcome]} ${outcome}`)
    .join(', ');
}

function functionRow(of: FunctionStats): Row {
  return { ...of, title: `${of.env}/${of.function}` };
}

/** Times in which no call ended are left out. */
function pointRows({ points, totals }: Stats): Row[] {
  const rows = points
    .filter(({ calls }) => calls.total > 0)
    .map((point: StatsPoint) => ({ ...point, title: point.at }));
  return rows.length === 0 ? [] : [...rows, { ...totals, title: 'all of it' }];
}
