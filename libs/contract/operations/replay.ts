/** A call that has ended, once more. */
import type { Status } from '../invocation';

/** `data` of `POST /v1/invocations/{requestID}/replay`, which answers 202. */
export interface Replayed {
  /** Of the new call. */
  requestID: string;
  status: Status;
  replayOf: string;
}
