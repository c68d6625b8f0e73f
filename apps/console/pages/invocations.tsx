/** The calls of the env, newest first. Filters are part of the address. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { Status as StatusName } from '@invoq/client/index';
import { client } from '../session';
import { Time, useWords } from '../words';
import { Status, Trouble } from '../parts/panel';

const STATUSES: StatusName[] = ['queued', 'running', 'retrying', 'succeeded', 'failed', 'cancelled'];

export interface CallFilter {
  function?: string;
  status?: string;
}

export function Invocations() {
  const { t, span } = useWords();
  const filter: CallFilter = useSearch({ strict: false });
  const navigate = useNavigate();
  const set = (more: CallFilter) => void navigate({ to: '/invocations', search: { ...filter, ...more } });
  const query = useInfiniteQuery({
    queryKey: ['calls', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      client.list({
        function: filter.function || undefined,
        status: (filter.status as StatusName) || undefined,
        limit: 100,
        cursor: pageParam,
        signal,
      }),
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : 3_000),
  });
  const calls = query.data?.pages.flatMap(({ invocations }) => invocations) ?? [];
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: calls.length,
    getScrollElement: () => box.current,
    estimateSize: () => 32,
    overscan: 12,
  });
  return (
    <>
      <h1>{t('invocations')}</h1>
      <div className="tools">
        <input
          aria-label={t('function')}
          placeholder={t('function')}
          defaultValue={filter.function ?? ''}
          onChange={(e) => set({ function: e.target.value || undefined })}
        />
        <select
          aria-label={t('status')}
          value={filter.status ?? ''}
          onChange={(e) => set({ status: e.target.value || undefined })}
        >
          <option value="">{t('all')}</option>
          {STATUSES.map((s) => (
            <option key={s}>{s}</option>
          ))}
        </select>
      </div>
      {query.error && <Trouble error={query.error} />}
      {query.data && calls.length === 0 && (
        <div className="quiet">
          <p>
            {t('noCalls')} {t('firstCall')}
          </p>
          <pre
            tabIndex={0}
          >{`curl -X POST ${location.origin}/v1/functions/hello/invocations -H 'content-type: application/json' -d '{"data":{}}'`}</pre>
        </div>
      )}
      <div className="list" ref={box} tabIndex={0} role="region" aria-label={t('invocations')}>
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const call = calls[index];
            return (
              <Link
                key={call.requestID}
                to="/invocations/$id"
                params={{ id: call.requestID }}
                className="call"
                style={{ transform: `translateY(${start}px)` }}
              >
                <Status is={call.status} />
                <code title={call.requestID}>{call.requestID.slice(0, 8)}</code>
                <b>{call.function}</b>
                <span>{call.mode}</span>
                <Time at={call.queuedAt} />
                <span className="n">{span(call.queueMs)}</span>
                <span className="n">{span(call.runMs)}</span>
                <span className="why">{call.attempts?.at(-1)?.error?.message}</span>
              </Link>
            );
          })}
        </div>
      </div>
      {query.hasNextPage && <button onClick={() => void query.fetchNextPage()}>{t('more')}</button>}
    </>
  );
}
