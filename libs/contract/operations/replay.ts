/** A call that has ended, once more. */
import type { RequestID } from '../formats';
import type { Status } from '../invocation';

/** `data` of `POST /v1/invocations/{requestID}/replay`, which answers 202. */
export interface Replayed {
  /** Of the new call. */
  requestID: RequestID;
  status: Status;
  replayOf: RequestID;
}
