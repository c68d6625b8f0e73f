/** When a function that failed by its own doing is started again: what may be asked, and what is meant when it is not. */
import type { ErrorType, FunctionErrorType } from './errors';
import type { Time } from './formats';
import type { Outcome } from './outcome';

/** What may be retried. A platform's refusal is not among them: the same call would be refused again. */
export const RETRYABLE = [
  'FUNCTION_ERROR',
  'FUNCTION_TIMEOUT',
  'FUNCTION_CRASHED',
  'MEMORY_LIMIT',
  'BAD_RESULT',
] as const satisfies FunctionErrorType[];

export interface RetryRule {
  /** Starts in all, the first one among them; those that a dying worker took along are not counted. 1: no retries. */
  attempts: number;
  /** Before the second start, ms; twice as long before each further one. */
  backoffMs: number;
  /** The longest pause, ms. */
  maxBackoffMs: number;
  /** The ends that are retried. */
  on: (typeof RETRYABLE)[number][];
  /** No start later than this after the call could first run, ms. */
  maxAgeMs: number;
}

/** As it is asked for: by a call over its function's rule, by a function over `RETRY_DEFAULTS`. */
export type RetryInput = Partial<RetryRule>;

/** The rule for `retry: {}`. Without `retry` nothing is retried. */
export const RETRY_DEFAULTS: RetryRule = {
  attempts: 3,
  backoffMs: 1_000,
  maxBackoffMs: 60_000,
  on: ['FUNCTION_ERROR', 'FUNCTION_CRASHED'],
  maxAgeMs: 86_400_000,
};

/** Both ends included; lengths in ms. */
export const RETRY_LIMITS = {
  attempts: { min: 1, max: 50 },
  backoffMs: { min: 0, max: 86_400_000 },
  maxBackoffMs: { min: 0, max: 86_400_000 },
  maxAgeMs: { min: 1_000, max: 30 * 86_400_000 },
} as const;

/** One start of an invocation that is over, or under way. */
export interface Attempt {
  attempt: number;
  startedAt: Time;
  endedAt?: Time;
  /** Names the worker process. */
  worker: string;
  /** How it ended; missing while it runs. */
  outcome?: Outcome;
  error?: AttemptError;
}

export interface AttemptError {
  type: ErrorType;
  message: string;
  /** Class name of what was thrown. */
  name?: string;
}
