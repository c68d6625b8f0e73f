/** Which calls of a list a page takes. */
import { type Invocation, isEnded, type Status } from '@invoq/contract/invocation';

export interface PageFilter {
  /** Only those that stand so now. */
  statuses?: ReadonlySet<Status>;
  /** How the requestID begins. */
  requestID?: string;
  /** The last run took so long or longer; one that runs: so far, ms. */
  minRunMs?: number;
  /** Has it ended otherwise than succeeded? */
  hasError?: boolean;
  /** The call whose function made it. */
  parentID?: string;
  /** The worker of the last start. */
  workerID?: string;
}

/** Does it leave anything out whose record has to be looked at? */
export function readsRecords({ statuses, minRunMs, hasError, parentID, workerID }: PageFilter): boolean {
  return [statuses, minRunMs, hasError, parentID, workerID].some((asked) => asked !== undefined);
}

/** What can be told by the list alone. */
export function fitsByID({ requestID: start }: PageFilter, requestID: string): boolean {
  return start === undefined || requestID.startsWith(start);
}

export function fits(
  { statuses, minRunMs, hasError, parentID, workerID }: PageFilter,
  call: Pick<Invocation, 'status' | 'startedAt' | 'runMs' | 'parentID' | 'workerID'>,
): boolean {
  if (statuses !== undefined && !statuses.has(call.status)) return false;
  if (hasError !== undefined && hasError !== hasFailed(call.status)) return false;
  if (parentID !== undefined && parentID !== call.parentID) return false;
  if (workerID !== undefined && workerID !== call.workerID) return false;
  return minRunMs === undefined || (call.startedAt !== undefined && call.runMs >= minRunMs);
}

/** Only then it has an error. */
export function hasFailed(status: Status): boolean {
  return status !== 'succeeded' && isEnded(status);
}
