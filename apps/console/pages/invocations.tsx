/** The calls of the env, newest first. Filters are part of the address; what comes in meanwhile waits for a click. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Invocation, Status as StatusName } from '@invoq/client/index';
import { EVERY, useFunctions } from '../live';
import { CallRows } from '../parts/call-rows';
import { ManyCalls } from '../parts/many-calls';
import { Empty, Skeleton, Trouble } from '../parts/panel';
import { client } from '../session';
import { useWords } from '../words';

const STATUSES: StatusName[] = [
  'queued',
  'running',
  'retrying',
  'succeeded',
  'failed',
  'timedOut',
  'crashed',
  'cancelled',
  'expired',
  'lost',
];
const SPANS = { '15m': 900_000, '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;
const PAGE = 100;

export interface CallFilter {
  function?: string;
  /** Several with commas between. */
  status?: string;
  /** How far back, from now on. */
  span?: keyof typeof SPANS;
}

export const isSpan = (text: unknown): text is keyof typeof SPANS => typeof text === 'string' && text in SPANS;

/** In steps, so that all who look ask the same, ms. */
const STEP_MS = 10_000;

const startOf = (backMs: number): number => Math.floor((Date.now() - backMs) / STEP_MS) * STEP_MS;

function asked(filter: CallFilter) {
  return {
    function: filter.function,
    status: filter.status?.split(',') as StatusName[] | undefined,
    since: filter.span && startOf(SPANS[filter.span]),
    limit: PAGE,
  };
}

function useCalls(filter: CallFilter) {
  const cache = useQueryClient();
  const key = ['calls', filter.function, filter.status, filter.span];
  const pages = useInfiniteQuery({
    queryKey: key,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => client.list({ ...asked(filter), cursor: pageParam, signal }),
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
    refetchOnWindowFocus: false,
    staleTime: Infinity,
  });
  const head = useQuery({
    queryKey: ['head', ...key],
    queryFn: ({ signal }) => client.list({ ...asked(filter), signal }),
    refetchInterval: EVERY.calls,
    enabled: pages.data !== undefined,
  });
  const known = useMemo(() => {
    const newer = new Map((head.data?.invocations ?? []).map((call) => [call.requestID, call]));
    const seen = new Set<string>();
    const calls: Invocation[] = [];
    for (const page of pages.data?.pages ?? [])
      for (const call of page.invocations)
        if (!seen.has(call.requestID)) {
          seen.add(call.requestID);
          // In its place, as it stands now.
          calls.push(newer.get(call.requestID) ?? call);
        }
    const fresh = [...newer.keys()].filter((id) => !seen.has(id)).length;
    return { calls, fresh };
  }, [pages.data, head.data]);
  const showFresh = () => void cache.resetQueries({ queryKey: key });
  return { ...known, showFresh, pages, error: pages.error ?? head.error };
}

export function Invocations() {
  const { t, number } = useWords();
  const filter = useSearch({ strict: false });
  const { calls, fresh, showFresh, pages, error } = useCalls(filter);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const isFiltered = filter.function !== undefined || filter.status !== undefined || filter.span !== undefined;
  return (
    <div className="fill">
      <div className="head">
        <h1>{t('invocations')}</h1>
        <Filters filter={filter} />
        <span className="grow" />
        <ManyCalls
          calls={calls}
          chosen={chosen}
          clear={() => setChosen(new Set())}
          filter={filter}
          since={filter.span && SPANS[filter.span]}
        />
      </div>
      {error && <Trouble error={error} />}
      {fresh > 0 && (
        <button className="fresh" onClick={showFresh}>
          {t('fresh', { n: fresh >= PAGE ? `${number(fresh)}+` : number(fresh) })}
        </button>
      )}
      {!pages.data && !error && <Skeleton rows={12} />}
      {pages.data && calls.length === 0 && (isFiltered ? <Empty>{t('noCalls')}</Empty> : <FirstCall />)}
      {calls.length > 0 && (
        <CallRows
          calls={calls}
          chosen={chosen}
          choose={setChosen}
          more={pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined}
        />
      )}
    </div>
  );
}

function Filters({ filter }: { filter: CallFilter }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const functions = useFunctions();
  const set = (more: CallFilter) =>
    void navigate({ to: '/invocations', search: (was) => ({ ...was, ...more }), replace: true });
  const names = [
    ...new Set([...(functions.data ?? []).map(({ name }) => name), ...(filter.function ? [filter.function] : [])]),
  ];
  return (
    <div className="tools" role="group" aria-label={t('filter')}>
      <select
        aria-label={t('function')}
        value={filter.function ?? ''}
        onChange={(e) => set({ function: e.target.value || undefined })}
      >
        <option value="">{t('allFunctions')}</option>
        {names.sort().map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label={t('status')}
        value={filter.status ?? ''}
        onChange={(e) => set({ status: e.target.value || undefined })}
      >
        <option value="">{t('allStatuses')}</option>
        <option value="queued,running,retrying">{t('openOnes')}</option>
        <option value="failed,timedOut,crashed,expired,lost">{t('badOnes')}</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`status_${status}` as 'status_queued')}
          </option>
        ))}
      </select>
      <select
        aria-label={t('span')}
        value={filter.span ?? ''}
        onChange={(e) => set({ span: isSpan(e.target.value) ? e.target.value : undefined })}
      >
        <option value="">{t('anyTime')}</option>
        {Object.keys(SPANS).map((span) => (
          <option key={span} value={span}>
            {t('last', { span })}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What to do first, in a line that can be pasted. */
export function FirstCall() {
  const { t } = useWords();
  const functions = useFunctions();
  const name = functions.data?.[0]?.name ?? 'helloWorld';
  return (
    <Empty>
      <p>
        {t('noCallsYet')} {t('firstCall')}
      </p>
      <pre tabIndex={0}>
        {`curl -X POST ${location.origin}/v1/functions/${name}/invocations -H 'content-type: application/json' -d '{"data":{}}'`}
      </pre>
    </Empty>
  );
}
