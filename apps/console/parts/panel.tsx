/** A panel that lives by one question to the API, in each of its states. The others on the page live on without it. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { typeOf } from '../session';
import { useWords } from '../words';

export function Panel<T>({
  title,
  query,
  children,
}: {
  title: string;
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}) {
  const { t, time } = useWords();
  return (
    <section className="panel" aria-label={title} aria-busy={query.isFetching}>
      <header>
        <h2>{title}</h2>
        {query.dataUpdatedAt > 0 && <small>{t('reads', { time: time(query.dataUpdatedAt) })}</small>}
      </header>
      {query.data !== undefined ? (
        children(query.data)
      ) : query.error ? (
        <Trouble error={query.error} />
      ) : (
        <p className="skeleton">{t('wait')}</p>
      )}
    </section>
  );
}

export function Trouble({ error }: { error: unknown }) {
  const { t } = useWords();
  const type = typeOf(error);
  const known = { ROUTE_NOT_FOUND: 'missing', FORBIDDEN: 'noRight', INVOCATION_NOT_FOUND: 'gone' } as const;
  const word = known[type as keyof typeof known];
  return (
    <div className="trouble" role="alert">
      {word && <p>{t(word)}</p>}
      <p>{error instanceof Error ? error.message : String(error)}</p>
    </div>
  );
}

export function Status({ is }: { is: string }) {
  return <span className={`status ${is}`}>{is}</span>;
}

export function Json({ value }: { value: unknown }) {
  return <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>;
}
