/** Asking for many invocations at once. */
import type { RequestID } from './formats';
import type { Invocation } from './invocation';

/** requestIDs in one request. */
export const MAX_LOOKED_UP = 1_000;

/** What `POST /v1/invocations/lookup` answers. */
export interface Lookup {
  /** In the order in which they were asked for. With `wait`: those that have ended, or none when the time was over. */
  invocations: Invocation[];
  /** Not there (any more), or another env's. They are answered at once, whatever the others do. */
  unknown: RequestID[];
  /** Ended with a large result: `result.data` is its address (`url`, `bytes`, `expiresAt`). */
  links: RequestID[];
  /** Their results have no room in this answer: ask for them again. */
  left: RequestID[];
}
