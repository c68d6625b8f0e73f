/** An invocation as its callers see it, and the name it goes by. */
import type { CallNotes } from './call-notes';
import type { Envelope } from './envelope';
import type { RequestID, Time } from './formats';
import type { Attempt, AttemptError } from './retry';
import { OUTCOMES, type Outcome } from './outcome';

export const MODES = ['sync', 'async'] as const;

/** Does the caller wait? */
export type Mode = (typeof MODES)[number];

export const STATUSES = ['queued', 'running', 'retrying', ...OUTCOMES] as const;
export type Status = (typeof STATUSES)[number];

export function isEnded(status: Status): status is Outcome {
  return (OUTCOMES as readonly string[]).includes(status);
}

/** What `GET /v1/invocations/{requestID}` answers. Lengths are ms. */
export interface Invocation extends CallNotes {
  requestID: RequestID;
  function: string;
  env: string;
  mode: Mode;
  status: Status;
  /** Starts so far. */
  attempt: number;
  /** The invocation that this one does again. */
  replayOf?: RequestID;
  queuedAt: Time;
  /** Of a delayed call: it is not started before. */
  runAt?: Time;
  startedAt?: Time;
  finishedAt?: Time;
  /** While it is `retrying`: before this it is not started again. */
  nextAttemptAt?: Time;
  /** While it waits in a lane: calls of that lane and partition that were accepted before it and wait still. */
  ahead?: number;
  /** ms from when it could be started (its acceptance, or its next attempt) to the last start, or to the end, or to now. */
  queueMs: number;
  /** ms from the last start to the end, or to now. */
  runMs: number;
  /** What the function last said with `context.progress(value)`. */
  progress?: unknown;
  /** Every start, the first one first. Missing while there was none. */
  attempts?: Attempt[];
  /** Why it ended otherwise than `succeeded`. The message has 500 characters at most; `result` has all of it. */
  error?: AttemptError;
  /** The key by which it was made: its caller's, or that of the call whose function made it. Missing without keys. */
  keyID?: string;
  /** The call whose function made it. Missing when no function did. */
  parentID?: RequestID;
  /** The worker of the last start. */
  workerID?: string;
  /** Once there is an end. */
  result?: InvocationResult;
  /** With `include=data`: what it was called with. Missing when its data are not kept (any more). */
  data?: unknown;
}

/** The envelope of its end, within an invocation that tells the requestID already. */
export type InvocationResult = Omit<Envelope, 'requestID'>;

/** How a call stands that has no end yet. */
export interface Accepted {
  status: Status;
  /** Since then no living worker serves the function. */
  unservedSince?: Time;
}

export interface Cancelled {
  status: 'cancelled';
}

export interface InvocationPage {
  /** Newest first; without progress, attempts and result. */
  invocations: Invocation[];
  /** Of the next page; null: there is none. A page may be short, or empty, and have a next one all the same. */
  cursor: string | null;
}

const REQUEST_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isRequestID(text: string): boolean {
  return REQUEST_ID.test(text);
}

/** Could a requestID begin so? Asked of text in lower case. */
export function beginsRequestID(text: string): boolean {
  return text !== '' && isRequestID(text + '00000000-0000-4000-8000-000000000000'.slice(text.length));
}

/** As Invoq writes it: some clients write the hexadecimal digits of a UUID in upper case (RFC 9562, section 4). */
export function writtenAsOurs(requestID: string): string {
  return requestID.toLowerCase();
}
