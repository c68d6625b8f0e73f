/** The query by which calls are listed, and the page that comes of it. */
import type { Invocation } from '@invoq/contract/invocation';
import type { ListOptions } from './call-options';

/** Newest first; without their progress and results. */
export interface InvocationPage {
  invocations: Invocation[];
  /** Of the next page; null: there is none. A page may be short, or empty, and have a next one all the same. */
  cursor: string | null;
}

/** With its question mark, or ''. */
export function listQuery({ function: name, status, since, until, limit, cursor }: ListOptions): string {
  const said = {
    function: name,
    status: typeof status === 'string' ? status : status?.join(','),
    since: since === undefined ? undefined : new Date(since).toISOString(),
    until: until === undefined ? undefined : new Date(until).toISOString(),
    limit: limit === undefined ? undefined : String(limit),
    cursor,
  };
  const pairs = Object.entries(said).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
