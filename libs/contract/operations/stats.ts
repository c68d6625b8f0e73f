/** How many calls ended, how, and how long they waited and ran, over time. */
import type { Time } from '../formats';
import type { Outcome } from '../outcome';

/** Calls that ended: by outcome, and all together. */
export type CallCounts = Record<Outcome | 'total', number>;

/** Times in ms. */
export interface Spread {
  /** @type number */
  p50: number;
  /** @type number */
  p90: number;
  /** @type number */
  p95: number;
  /** @type number */
  p99: number;
  /** The longest. It is exact; percentiles are within 5 %. */
  max: number;
}

export interface StatsOfCalls {
  /** Calls that ended, by outcome and in all. */
  calls: CallCounts;
  /** In the queue until the last start, ms. For calls that never started: until the end. Null: of no call. */
  waitMs: Spread | null;
  /** Of the last attempt, ms. Null: none of them ran. */
  runMs: Spread | null;
}

/** Calls that ended from `at` until `stepMs` later. */
export interface StatsPoint extends StatsOfCalls {
  /** The first moment that it counts. */
  at: Time;
}

export interface FunctionStats extends StatsOfCalls {
  env: string;
  function: string;
}

/** `data` of `GET /v1/stats`. */
export interface Stats {
  /** The first moment that is counted; a multiple of the step, as is `to`. */
  from: Time;
  /** The first moment that is not. */
  to: Time;
  /** The length of time of each point, ms. */
  stepMs: number;
  /** Null: of all envs. */
  env: string | null;
  /** Null: of all functions. */
  function: string | null;
  /** One for each step, also where no call ended. */
  points: StatsPoint[];
  /** Of all points together. */
  totals: StatsOfCalls;
  /** With `by=function`: those whose calls ended in this time, the most called first. */
  functions?: FunctionStats[];
  /** Calls whose function was not kept, because more than 300 functions were called at the time. */
  others: StatsOfCalls;
}
