/** The query by which calls are listed, and the page that comes of it. */
import type { Invocation } from '@invoq/contract/invocation';
import type { ListOptions } from './call-options';
import { queryOf, timeText } from './operations/operate';

/** Newest first; without their progress and results. */
export interface InvocationPage {
  invocations: Invocation[];
  /** Of the next page; null: there is none. A page may be short, or empty, and have a next one all the same. */
  cursor: string | null;
}

/** With its question mark, or ''. */
export function listQuery({ status, since, until, ...options }: ListOptions): string {
  const { function: name, requestID, minRunMs, hasError, parentID, workerID, order, limit, cursor } = options;
  return queryOf({
    function: name,
    status: typeof status === 'string' ? status : status?.join(','),
    since: timeText(since),
    until: timeText(until),
    requestID,
    minRunMs,
    hasError,
    parentID,
    workerID,
    order,
    limit,
    cursor,
  });
}
