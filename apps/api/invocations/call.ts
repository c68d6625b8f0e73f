/** A call as every door hands it to the core, and the answer as the core hands it back. */
import type { Readable } from 'node:stream';
import type { CallNotes } from '@invoq/contract/call-notes';
import type { CallbackInput } from '@invoq/contract/callback';
import type { Mode, Status } from '@invoq/contract/invocation';
import type { Quota } from '@invoq/contract/rate';
import type { RetryInput } from '@invoq/contract/retry';
import type { Page, PageQuery } from '@invoq/store/lists/call-pages';

/** A large text may be made when it is used: most refusals come before that. */
export type JsonText = string | { text(): string };

export function textOf(json: JsonText): string {
  return typeof json === 'string' ? json : json.text();
}

export interface Call {
  requestID: string;
  function: string;
  /** JSON text: what the caller sent, to be handed to the function. */
  data: JsonText;
  sync: boolean;
  onTimeout: 'fail' | 'detach';
  /** ms; see `CallInput`. */
  timeoutMs?: number;
  /** ms; see `CallInput`. */
  waitMs?: number;
  /** 0 to `MAX_PRIORITY`; the function's own when nothing is said. */
  priority?: number;
  idempotencyKey?: string;
  /** When the function's own failure is run again, over what the function has. Async calls only. */
  retry?: RetryInput;
  /** ms from now, before which it is not started. Async calls only, as is `runAt`. */
  delayMs?: number;
  /** ms since the epoch. */
  runAt?: number;
  /** Who else is notified of the end; null: nobody, whatever the function's settings say. */
  callback?: CallbackInput | null;
  /** What its caller noted on it. */
  notes?: CallNotes;
  /** The call that this one does again, and the dead letter that it is, when it is one. */
  replay?: { of: string; letter?: string };
  /** The W3C headers of the caller, unchecked. */
  traceparent?: string;
  tracestate?: string;
  origin: Origin;
  /** As many lines of what the function printed come with the answer. */
  logTail?: number;
  /** How a result that is too large for the record is wished for. Whole, when nothing is said. */
  large?: LargeResultOptions;
}

/**
 * `link`: an address instead of the result; `base`: where the caller reached the API. `stream`: the result beside the
 * envelope, for a door that can send it without ever holding it.
 */
export type LargeResultOptions = { as: 'link'; base: string } | { as: 'stream' };

/** How a large result was brought, when it is not in the envelope as small ones are. */
export type LargeResult =
  /** Its address stands for it. */
  | { as: 'link' }
  /** `PLACE` stands for it in the envelope. `bytes` of JSON; whoever takes it reads it or destroys it. */
  | { as: 'stream'; body: Readable; bytes: number };

/** Whether a caller who waits has gone away. */
export interface HangUp {
  readonly isGone: boolean;
  /** `onGone` is called at most once, and never after the returned function was called. */
  listen(onGone: () => void): () => void;
}

/** Stands for a result that is streamed. JSON text has no such character in it: it is written as an escape there. */
export const RESULT_PLACEHOLDER = '\0';

/** Where a call came from, as functions see it. */
export interface Origin {
  eventType: string;
  ip?: string;
  userAgent?: string;
  /** The chain of CloudBase sources that led here, such as `wx_client,scf`. */
  source?: string;
  /** Who the user is, as a trusted caller says. */
  user?: Record<string, unknown>;
}

export type Answer =
  /**
   * `envelope`: the very bytes that every reader of this invocation gets; but see `LargeResult`. `logTail`: the last lines
   * that were printed (ndjson), when they were asked for.
   */
  | ({
      kind: 'ended';
      requestID: string;
      status: Status;
      envelope: string;
      large?: LargeResult;
      logTail?: string;
    } & Limited)
  /** `unservedSince`: no living worker serves the function, since then (ms since the epoch). */
  | ({ kind: 'accepted'; requestID: string; status: Status; unservedSince?: number } & Limited);

/** What is left of the limits that a call came under. */
export interface Limited {
  quotas?: Quota[];
}

/** What a door may tell of a call once it has ended, beside the answer. */
export interface RunDetails {
  /** What the function printed: a line of JSON (`time`, `level`, `text`, …) for each line. */
  logs: string;
  /** ms. */
  runMs: number;
  peakRssMb?: number;
}

/** One of the calls of a function, as they are listed. Times are ms since the epoch. */
export interface PastCall {
  requestID: string;
  status: Status;
  mode: Mode;
  eventType: string;
  queuedAt: number;
  startedAt?: number;
  finishedAt?: number;
  peakRssMb?: number;
}

/** Which calls are looked for, newest first. */
export type CallQuery = Omit<PageQuery, 'env'>;

export type CallPage = Page;

/** Where one who follows an invocation stands; it means the same to every API. */
export interface LivePlace {
  /** Changes of status that were sent. */
  changes: number;
  /** How often progress was said. */
  progressed: number;
  /** Bytes of the log that were sent. */
  log: number;
  /** The end was sent, and there is nothing more. */
  isOver?: boolean;
}

/** `place`: the position after it. `json`: JSON text. */
export type LiveEvent = { place: LivePlace } & (
  | { kind: 'status'; status: Status; attempt: number; at: string }
  | { kind: 'progress'; json: string }
  | { kind: 'log'; json: string }
  | { kind: 'end'; envelope: string; large?: LargeResult }
  /** Nothing new; there is somebody all the same. */
  | { kind: 'beat' }
);

export interface Followed {
  events: AsyncGenerator<LiveEvent, void, undefined>;
  /** Nobody reads them any more. */
  close(): void;
}
