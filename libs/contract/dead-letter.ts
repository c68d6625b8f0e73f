/** Async calls of a function that failed for good, and their replays. */
import type { Started } from './errors';
import type { RequestID, Time } from './formats';
import type { Invocation, Status } from './invocation';
import type { Refused } from './refusal';
import type { AttemptError } from './retry';

export interface DeadLetter {
  requestID: RequestID;
  status: Status;
  /** Starts. */
  attempt: number;
  queuedAt: Time;
  /** When it ended. */
  diedAt: Time;
  error: AttemptError;
  /** Of the call that it was to do again. */
  replayOf?: RequestID;
}

export interface DeadLetterPage {
  /** Newest first. */
  letters: DeadLetter[];
  /** On all pages. */
  total: number;
  /** Of the next page; null: there is none. */
  cursor: string | null;
}

export interface InspectedLetter {
  /** As it ended, with all its attempts. */
  invocation: Invocation;
  /** What it was called with. Missing: that is not kept. */
  data?: unknown;
}

export interface Replay {
  /** Of the call that failed. */
  replayOf: RequestID;
  /** Of the one that does it again. Missing when it was refused for certain. */
  requestID?: RequestID;
  refused?: RefusedReplay;
}

export interface RefusedReplay extends Refused {
  /** `unknown`: perhaps it was accepted; its `requestID` tells. */
  started: Started;
}

export interface Replays {
  replays: Replay[];
  /** As many are dead letters after that; null: not known. */
  left: number | null;
}

export interface Purged {
  /** How many there were. */
  purged: number;
}
