/** A call that has ended, once more. */
import type { Status } from '../invocation';

/** `data` of `POST /v1/invocations/{requestID}/replay`, which answers 202. */
export interface Replayed {
  /** Of the new call. */
  requestID: string;
  status: Status;
  replayOf: string;
}

/** Whose data are kept for as long as their record: of calls that failed, of all, or of none. */
export const KEEP_DATA = ['failed', 'all', 'none'] as const;
export type KeepData = (typeof KEEP_DATA)[number];
