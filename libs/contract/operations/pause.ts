/** Holding back the calls of a queue or of a function. */
import type { Time } from '../formats';

/** The longest reason that an operator may give, characters. */
export const MAX_REASON = 500;

/** Why calls are held back, since when, and by whom. */
export interface Pause {
  reason?: string;
  since: Time;
  /** The id of a key; missing without a keys file. */
  by?: string;
}

/** What stands after `POST …/pause` or `…/resume`. */
export interface QueuePause {
  queue: string;
  /** Missing: its calls are taken. */
  paused?: Pause;
}

export interface FunctionPause {
  function: string;
  env: string;
  /** Missing: its calls are taken. */
  paused?: Pause;
}

/** The body of every change that may be explained; the audit log shows the reason. */
export interface Reasoned {
  reason?: string;
}
