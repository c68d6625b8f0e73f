/** The query by which calls are listed. */
import type { ListOptions } from './call-options';
import { queryOf, timeText } from './operations/operate';

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
