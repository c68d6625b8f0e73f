/** Calls, waits and runs over time, of the whole fleet or of one function: now, and as charts. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Stats, StatsOfCalls } from '@invoq/client/index';
import { EVERY } from '../live';
import { client } from '../session';
import { useWords } from '../words';
import { Panel, Skeleton } from './panel';
import { Table } from './table';
import type { Failing } from './troubles';

const Chart = lazy(() => import('./chart'));

const MIN_MS = 60_000;
/** Times are asked for in steps, so that all who look ask the same, ms. */
const TEN_S = 10_000;
/** How far back, and how far from one point to the next, ms. */
const RANGES = {
  '1h': { ms: 60 * MIN_MS, step: '1m', everyMs: EVERY.stats },
  '24h': { ms: 1_440 * MIN_MS, step: '10m', everyMs: 60_000 },
  '7d': { ms: 7 * 1_440 * MIN_MS, step: '1h', everyMs: 60_000 },
} as const;
type Range = keyof typeof RANGES;

const isRange = (text: unknown): text is Range => typeof text === 'string' && text in RANGES;

/** `backMs`: from so long ago until now. */
export function useStats(
  backMs: number,
  everyMs: number,
  more: { function?: string; step?: string; by?: 'function' } = {},
) {
  return useQuery({
    queryKey: ['stats', backMs, more],
    queryFn: ({ signal }) => client.stats({ from: Math.floor((Date.now() - backMs) / TEN_S) * TEN_S, ...more, signal }),
    refetchInterval: everyMs,
    placeholderData: (was) => was,
  });
}

const badOf = ({ calls }: StatsOfCalls): number =>
  calls.failed + calls.timedOut + calls.crashed + calls.lost + calls.expired;

/** Rate, failures, wait and run: now, in the last hour, in the last day. */
export function Rates({ name }: { name?: string }) {
  const { t, number, rate, percent, span } = useWords();
  const more = { function: name };
  const now = useStats(5 * MIN_MS, EVERY.stats, more);
  const hour = useStats(60 * MIN_MS, 30_000, more);
  const day = useStats(1_440 * MIN_MS, 60_000, more);
  const rows = [
    { word: t('lastMinutes', { n: 5 }), query: now, minutes: 5 },
    { word: t('lastHour'), query: hour, minutes: 60 },
    { word: t('lastDay'), query: day, minutes: 1_440 },
  ];
  return (
    <Panel title={t('rates')} query={now}>
      {() => (
        <Table
          label={t('rates')}
          rows={rows.flatMap(({ word, query, minutes }) =>
            query.data ? [{ word, minutes, ...query.data.totals }] : [],
          )}
          keyOf={({ word }) => word}
          columns={[
            { head: t('time'), cell: ({ word }) => word },
            { head: t('calls'), isNumber: true, cell: ({ calls }) => number(calls.total) },
            { head: t('perMinute'), isNumber: true, cell: ({ calls, minutes }) => rate(calls.total / minutes) },
            {
              head: t('failures'),
              isNumber: true,
              cell: (row) => {
                const bad = badOf(row);
                return bad === 0 ? (
                  '0'
                ) : (
                  <span className="why">{`${number(bad)} · ${percent(bad / row.calls.total)}`}</span>
                );
              },
            },
            { head: t('waitP95'), isNumber: true, cell: ({ waitMs }) => (waitMs ? span(waitMs.p95) : '–') },
            { head: t('runP95'), isNumber: true, cell: ({ runMs }) => (runMs ? span(runMs.p95) : '–') },
          ]}
        />
      )}
    </Panel>
  );
}

export function Charts({ name }: { name?: string }) {
  const { t, number, span } = useWords();
  const navigate = useNavigate();
  const said = useSearch({ strict: false }).range;
  const range = isRange(said) ? said : '1h';
  const { ms, step, everyMs } = RANGES[range];
  const query = useStats(ms, everyMs, { function: name, step });
  const tools = (Object.keys(RANGES) as Range[]).map((each) => (
    <button
      key={each}
      className="small"
      aria-pressed={range === each}
      onClick={() =>
        void navigate({
          to: '.',
          search: (was) => ({ ...was, range: each === '1h' ? undefined : each }),
          replace: true,
        })
      }
    >
      {each}
    </button>
  ));
  return (
    <Panel title={t('overTime')} query={query} tools={tools}>
      {({ points }) => {
        const times = points.map(({ at }) => Date.parse(at) / 1_000);
        const of = (pick: (point: Stats['points'][number]) => number | null) => points.map(pick);
        return (
          <Suspense fallback={<Skeleton />}>
            <div className="charts">
              <Chart
                title={t('callsByEnd')}
                times={times}
                write={number}
                isStacked
                series={[
                  { label: t('endedBadly'), colour: '--bad-bar', values: of(badOf) },
                  { label: t('status_cancelled'), colour: '--idle-bar', values: of(({ calls }) => calls.cancelled) },
                  { label: t('status_succeeded'), colour: '--good-bar', values: of(({ calls }) => calls.succeeded) },
                ]}
              />
              {(['waitMs', 'runMs'] as const).map((which) => (
                <Chart
                  key={which}
                  title={t(which === 'waitMs' ? 'queueWait' : 'runTime')}
                  times={times}
                  write={span}
                  series={[
                    { label: 'p50', colour: '--busy-bar', values: of((point) => point[which]?.p50 ?? null) },
                    { label: 'p95', colour: '--warn-bar', values: of((point) => point[which]?.p95 ?? null) },
                  ]}
                />
              ))}
            </div>
          </Suspense>
        );
      }}
    </Panel>
  );
}

/** Calls that ended and those of them that ended badly, by function: lately, and in the day. */
export function useFailing(): Failing[] {
  const lately = useStats(15 * MIN_MS, 30_000, { by: 'function' });
  const day = useStats(1_440 * MIN_MS, 60_000, { by: 'function' });
  return (lately.data?.functions ?? []).map((one) => {
    const usual = day.data?.functions?.find((each) => each.env === one.env && each.function === one.function);
    const [bad, total] = [badOf(one), one.calls.total];
    return {
      name: one.function,
      bad,
      total,
      usualBad: Math.max(0, (usual ? badOf(usual) : 0) - bad),
      usualTotal: Math.max(0, (usual?.calls.total ?? 0) - total),
    };
  });
}

/** The most called functions of the last hour. */
export function Busiest() {
  const { t, number, percent, span } = useWords();
  const query = useStats(60 * MIN_MS, 30_000, { by: 'function' });
  if (query.data && (query.data.functions ?? []).length === 0) return null;
  return (
    <Panel title={t('busiest')} query={query}>
      {({ functions = [] }) => (
        <Table
          label={t('busiest')}
          rows={functions.slice(0, 10)}
          keyOf={({ env, function: name }) => `${env} ${name}`}
          columns={[
            {
              head: t('function'),
              cell: ({ function: name, env }) => (
                <>
                  {name} <small>{env}</small>
                </>
              ),
            },
            { head: t('calls'), isNumber: true, cell: ({ calls }) => number(calls.total) },
            {
              head: t('failures'),
              isNumber: true,
              cell: (one) => {
                const bad = badOf(one);
                return bad === 0 ? '0' : <span className="why">{percent(bad / one.calls.total)}</span>;
              },
            },
            {
              head: t('waitP95'),
              isNumber: true,
              isMinor: true,
              cell: ({ waitMs }) => (waitMs ? span(waitMs.p95) : '–'),
            },
            { head: t('runP95'), isNumber: true, cell: ({ runMs }) => (runMs ? span(runMs.p95) : '–') },
          ]}
        />
      )}
    </Panel>
  );
}
