/** What operators changed: who, when, what, why. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { AuditEntry } from '@invoq/client/index';
import { EVERY } from '../live';
import { Empty, Skeleton, Trouble } from '../parts/panel';
import { Table } from '../parts/table';
import { client } from '../session';
import { Time, useWords } from '../words';

const PAGE = 100;

export function Audit() {
  const { t } = useWords();
  const query = useInfiniteQuery({
    queryKey: ['audit'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => client.audit.list({ limit: PAGE, cursor: pageParam, signal }),
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : EVERY.schedules),
  });
  const entries = query.data?.pages.flatMap((page) => page.entries);
  return (
    <>
      <h1>{t('audit')}</h1>
      <section className="panel" aria-label={t('audit')}>
        {query.error && <Trouble error={query.error} />}
        {!entries && !query.error && <Skeleton rows={8} />}
        {entries?.length === 0 && <Empty>{t('noAudit')}</Empty>}
        {entries && entries.length > 0 && (
          <Table
            label={t('audit')}
            rows={entries}
            keyOf={({ id }) => id}
            columns={[
              { head: t('when'), cell: ({ at }) => <Time at={at} /> },
              { head: t('who'), cell: ({ keyID, ip }) => keyID ?? ip ?? '–' },
              { head: t('what'), cell: ({ action }) => <code>{action}</code> },
              { head: t('target'), cell: ({ target, env }) => <Target target={target} env={env} /> },
              { head: t('reason'), cell: ({ reason }) => reason ?? '–' },
              {
                head: t('more'),
                isMinor: true,
                cell: ({ details }) => (details ? <code className="one-line">{JSON.stringify(details)}</code> : '–'),
              },
            ]}
          />
        )}
        {query.hasNextPage && <button onClick={() => void query.fetchNextPage()}>{t('loadMore')}</button>}
      </section>
    </>
  );
}

function Target({ target, env }: Pick<AuditEntry, 'target' | 'env'>) {
  return (
    <>
      <span className="one-line">{target}</span> {env && <small>{env}</small>}
    </>
  );
}
