/** How calls went over time, in the whole fleet. */
import type { Outcome } from '../outcome';

/** A percentile is at most this far off, as a part of itself. */
export const STATS_ERROR = 0.05;

/** Lengths of steps that are kept: minutes for a day, hours for a week, ms. */
export const STATS_MINUTE_MS = 60_000;
export const STATS_HOUR_MS = 3_600_000;

/** Percentiles, ms. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export interface StatsPoint {
  /** Start of the step, ISO 8601. */
  at: string;
  /** Calls that ended in it, by outcome. An outcome without calls is left out. */
  calls: Partial<Record<Outcome, number>>;
  /** From acceptance to the start, of the attempts that began in it; missing when there were none. */
  queueMs?: Percentiles;
  /** Of the runs that ended in it. */
  runMs?: Percentiles;
}

export interface StatsSeries {
  /** Missing: of all functions together. */
  function?: string;
  env?: string;
  /** Oldest first. A step without calls is left out. */
  points: StatsPoint[];
  /** Over the whole span. */
  total: Omit<StatsPoint, 'at'>;
}

/** `data` of `GET /v1/stats?function=&from=&to=&step=&by=`. */
export interface Stats {
  /** ISO 8601: the span as it was rounded to whole steps. */
  from: string;
  to: string;
  /** ms. */
  step: number;
  /** How far off a percentile may be, as a part of itself. */
  error: number;
  /** One of all calls, or with `by=function` one for each function, those with the most calls first. */
  series: StatsSeries[];
}
