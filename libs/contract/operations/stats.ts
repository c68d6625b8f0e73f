/** How many calls ended, how, and how long they waited and ran, over time. */
import type { Outcome } from '../outcome';

/** Calls that ended: by outcome, and all together. */
export type CallCounts = Record<Outcome | 'total', number>;

/** Times in ms. Percentiles are within 5 % of the true ones; `max` is exact. */
export interface Spread {
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  max: number;
}

export interface StatsOfCalls {
  calls: CallCounts;
  /** In the queue, until the last start, or to the end of what never started. Null: of no call. */
  waitMs: Spread | null;
  /** Of the last attempt. Null: none of them ran. */
  runMs: Spread | null;
}

/** Calls that ended from `at` (ISO 8601) until `stepMs` later. */
export interface StatsPoint extends StatsOfCalls {
  at: string;
}

export interface FunctionStats extends StatsOfCalls {
  env: string;
  function: string;
}

/** `data` of `GET /v1/stats`. */
export interface Stats {
  /** ISO 8601: the first moment that is counted, and the first that is not. Both are multiples of the step. */
  from: string;
  to: string;
  stepMs: number;
  /** Whose calls; null: those of all envs. */
  env: string | null;
  /** Null: those of all functions. */
  function: string | null;
  /** One for each step, those in which no call ended too. */
  points: StatsPoint[];
  /** Of all points together. */
  totals: StatsOfCalls;
  /** With `by=function`: those whose calls ended in this time, the most called first. */
  functions?: FunctionStats[];
  /** Calls of the env whose function was not kept, because too many functions were called at the time. */
  others: StatsOfCalls;
}
