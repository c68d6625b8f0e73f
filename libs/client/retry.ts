/** When what failed is sent again, and after how long. Pure: the decision of a table, not the doing. */
import type { InvoqError, InvoqErrorType } from './errors';

export interface RetryOptions {
  /** How often a call is sent in all; 5 by default. Reading, which changes nothing, is tried three times as often. */
  attempts: number;
  /** Before the second try, ms; twice as long before each further one; 200 by default. */
  minDelayMs: number;
  /** The longest pause, ms; 5,000 by default. Asked to wait longer than that, the client tells the caller instead. */
  maxDelayMs: number;
}

export const RETRY: RetryOptions = { attempts: 5, minDelayMs: 200, maxDelayMs: 5_000 };
const READS = 3;

/** Ends of invocations. Reading them again gives the same; only a new invocation can end otherwise. */
const ENDS: ReadonlySet<InvoqErrorType> = new Set(['EXPIRED', 'WORKER_LOST', 'CANCELLED']);

export function retryOptions(base: RetryOptions, own: Partial<RetryOptions> | false | undefined): RetryOptions {
  if (own === false) return { ...base, attempts: 1 };
  return { ...base, ...Object.fromEntries(Object.entries(own ?? {}).filter(([, value]) => value !== undefined)) };
}

export function forReading(options: RetryOptions): RetryOptions {
  return options.attempts <= 1 ? options : { ...options, attempts: options.attempts * READS };
}

export type Again =
  | { kind: 'no' }
  /** With the same Idempotency-Key: if it was taken after all, it is joined. */
  | { kind: 'same'; afterMs: number }
  /** It ended without having run: with a new key of the client's own. */
  | { kind: 'anew'; afterMs: number };

const NO: Again = { kind: 'no' };

export interface Sent {
  /** Tries so far. */
  tries: number;
  /** Nobody else may use another key for it: the caller chose this one. */
  callerOwnsKey: boolean;
  /** Without one, a call that may have been taken must not be sent again. */
  hasKey: boolean;
}

/** After a call failed. What has run is never run again. */
export function againAfter(error: InvoqError, sent: Sent, options: RetryOptions): Again {
  if (!error.retryable || error.started === true) return NO;
  if (error.started === 'unknown' && !sent.hasKey) return NO;
  const afterMs = pause(error, sent.tries, options);
  if (afterMs === undefined) return NO;
  // What expired frees its key, so a key of the caller's stays the same.
  return { kind: ENDS.has(error.type) && !sent.callerOwnsKey ? 'anew' : 'same', afterMs };
}

/** After a read failed; undefined: do not ask again. ms. */
export function rereadAfter(error: InvoqError, tries: number, options: RetryOptions): number | undefined {
  return error.retryable && !ENDS.has(error.type) ? pause(error, tries, options) : undefined;
}

/** Half of it by chance, so that callers who were refused together do not come back together. */
function pause({ retryAfterMs = 0 }: InvoqError, tries: number, options: RetryOptions): number | undefined {
  const { attempts, minDelayMs, maxDelayMs } = options;
  if (tries >= attempts || retryAfterMs > maxDelayMs) return undefined;
  const grown = Math.min(minDelayMs * 2 ** (tries - 1), maxDelayMs);
  return Math.max(retryAfterMs, grown / 2 + (Math.random() * grown) / 2);
}
