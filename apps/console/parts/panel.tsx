/** A panel that lives by one question to the API, in each of its states. The others on the page live on without it. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { typeOf } from '../session';
import { useWords } from '../words';

interface PanelProps<T> {
  title: string;
  /** The page has no other panel: its heading is the title. */
  isAlone?: boolean;
  query: UseQueryResult<T>;
  /** Beside the title. */
  tools?: ReactNode;
  children: (data: T) => ReactNode;
}

export function Panel<T>({ title, isAlone, query, tools, children }: PanelProps<T>) {
  const { t, clock } = useWords();
  return (
    <section className="panel" aria-label={title}>
      <header>
        {!isAlone && <h2>{title}</h2>}
        {query.dataUpdatedAt > 0 && (
          <small className={query.error ? 'old' : ''}>{t('asOf', { time: clock(query.dataUpdatedAt) })}</small>
        )}
        <span className="grow" />
        {tools}
      </header>
      {query.data !== undefined ? children(query.data) : query.error ? <Trouble error={query.error} /> : <Skeleton />}
    </section>
  );
}

export function Skeleton({ rows = 4 }: { rows?: number }) {
  const { t } = useWords();
  return (
    <div className="skeleton" role="status" aria-label={t('wait')}>
      {Array.from({ length: rows }, (_, row) => (
        <i key={row} />
      ))}
    </div>
  );
}

const KNOWN = {
  ROUTE_NOT_FOUND: 'missing',
  FORBIDDEN: 'noRight',
  INVOCATION_NOT_FOUND: 'gone',
  CONNECTION_FAILED: 'unreachable',
} as const;

export function Trouble({ error }: { error: unknown }) {
  const { t } = useWords();
  const word = KNOWN[typeOf(error) as keyof typeof KNOWN];
  return (
    <div className="trouble" role="alert">
      {word && <strong>{t(word)} </strong>}
      <span>{error instanceof Error ? error.message : String(error)}</span>
    </div>
  );
}

/** A word, and a colour that only repeats it. `is`: which colour; the word itself, when it has no other. */
export function Status({ is, children }: { is: string; children?: ReactNode }) {
  const { t } = useWords();
  const word = `status_${is}` as 'status_queued';
  return <span className={`status ${is}`}>{children ?? t(word)}</span>;
}

export function Empty({ children }: { children: ReactNode }) {
  return <div className="empty">{children}</div>;
}
