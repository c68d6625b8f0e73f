/** The query by which calls are listed. */
import type { ListOptions } from './call-options';
import { queryOf, timeText } from './operations/operate';

/** With its question mark, or ''. */
export function listQuery({ signal: _, env: __, since, until, ...query }: ListOptions): string {
  return queryOf({ ...query, since: timeText(since), until: timeText(until) });
}
