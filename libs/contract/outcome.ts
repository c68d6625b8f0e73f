/** How a run ends. Endings are values: the executor answers one, the worker records it, nobody throws it. */
import { type EnvelopeError, failureJson, successJson } from './envelope';
import { ERRORS, type ErrorType } from './errors';
import type { Reasons } from './thrown-error';

export const OUTCOMES = ['succeeded', 'failed', 'timedOut', 'crashed', 'expired', 'cancelled', 'lost'] as const;

/** How an invocation ended; its last status. */
export type Outcome = (typeof OUTCOMES)[number];

export type Ending =
  /** `result` is JSON text, written in the sandbox. */
  | { outcome: 'succeeded'; result: string }
  | ({
      outcome: 'failed';
      type: 'FUNCTION_ERROR' | 'BAD_RESULT' | 'FUNCTION_NOT_FOUND';
      message: string;
      name?: string;
      stack?: string;
      /** What the thrown error said of another try: `retryable: false`, `retryAfter`. */
      retry?: { retryable?: false; afterMs?: number };
    } & Reasons)
  | { outcome: 'timedOut'; limitMs: number }
  | {
      outcome: 'crashed';
      type: 'FUNCTION_CRASHED' | 'MEMORY_LIMIT';
      message: string;
      exitCode?: number;
      signal?: string;
    }
  | { outcome: 'cancelled'; started: boolean }
  | { outcome: 'expired' }
  | { outcome: 'lost'; message: string };

/** The type from the code table that an ending is answered with; undefined for a success. */
export function errorTypeOf(ending: Ending): ErrorType | undefined {
  switch (ending.outcome) {
    case 'succeeded':
      return undefined;
    case 'failed':
    case 'crashed':
      return ending.type;
    case 'timedOut':
      return 'FUNCTION_TIMEOUT';
    case 'cancelled':
      return 'CANCELLED';
    case 'expired':
      return 'EXPIRED';
    case 'lost':
      return 'WORKER_LOST';
  }
}

/** The code that stands in the envelope and in the record. */
export function codeOf(ending: Ending): number {
  const type = errorTypeOf(ending);
  return type === undefined ? 0 : ERRORS[type].code;
}

/** The envelope as the bytes that every reader of this invocation will ever get. */
export function envelopeJson(requestID: string, ending: Ending): string {
  if (ending.outcome === 'succeeded') return successJson(requestID, ending.result);
  return failureJson(requestID, codeOf(ending), errorOf(ending));
}

/** The error of an envelope. */
export function errorOf(ending: Exclude<Ending, { outcome: 'succeeded' }>): EnvelopeError {
  switch (ending.outcome) {
    case 'failed': {
      const { type, message, name, stack, code, details, cause, errors } = ending;
      return { type, message, name, stack, code, details, cause, errors };
    }
    case 'crashed':
      return { type: ending.type, message: ending.message, exitCode: ending.exitCode, signal: ending.signal };
    case 'timedOut':
      return {
        type: 'FUNCTION_TIMEOUT',
        message: `The function ran past its limit of ${ending.limitMs} ms and was killed.`,
        limitMs: ending.limitMs,
      };
    case 'cancelled':
      return platform('CANCELLED', ERRORS.CANCELLED.meaning, ending.started);
    case 'expired':
      return platform('EXPIRED', ERRORS.EXPIRED.meaning, false);
    case 'lost':
      return platform('WORKER_LOST', ending.message, true);
  }
}

function platform(type: ErrorType, message: string, started: boolean): EnvelopeError {
  return { type, message, retryable: ERRORS[type].retryable, started };
}
