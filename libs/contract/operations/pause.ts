/** Holding back the calls of a queue or of a function. */

/** The longest reason that an operator may give, characters. */
export const MAX_REASON = 500;

/** Why calls are held back, since when (ISO 8601), and by whom: the id of a key; missing without a keys file. */
export interface Pause {
  reason?: string;
  since: string;
  by?: string;
}

/** What stands after `POST …/pause` or `…/resume`. `paused`: missing when calls are taken. */
export interface QueuePause {
  queue: string;
  paused?: Pause;
}

export interface FunctionPause {
  function: string;
  env: string;
  paused?: Pause;
}

/** The body of every change that may be explained; the audit log shows the reason. */
export interface Reasoned {
  reason?: string;
}
