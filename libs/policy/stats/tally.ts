/** What is counted of calls that ended: how many by outcome, how long they waited, and how long they ran. */
import { OUTCOMES, type Outcome } from '@invoq/contract/outcome';
import type { CallCounts, Spread, StatsOfCalls } from '@invoq/contract/operations/stats';
import { countIn, type Histogram, percentile } from './histogram';

/** One call that has ended. */
export interface EndedCall {
  env: string;
  function: string;
  outcome: Outcome;
  /** Until its last start, or to its end if it never started, ms. Absent: it is not known. */
  waitMs?: number;
  /** Of its last attempt, ms. Absent: it never ran, or nobody knows how long. */
  runMs?: number;
}

/** The names are short because a tally is kept as JSON text, many times over. */
export interface Tally {
  /** Calls by outcome. */
  o: Partial<Record<Outcome, number>>;
  /** Waits, and the longest of them (ms). */
  w?: Histogram;
  wx?: number;
  /** Run times, and the longest of them (ms). */
  r?: Histogram;
  rx?: number;
}

export function emptyTally(): Tally {
  return { o: {} };
}

export function count(tally: Tally, { outcome, waitMs, runMs }: EndedCall): void {
  tally.o[outcome] = (tally.o[outcome] ?? 0) + 1;
  if (waitMs !== undefined) {
    countIn((tally.w ??= {}), waitMs);
    tally.wx = longer(tally.wx, Math.max(0, Math.round(waitMs)));
  }
  if (runMs !== undefined) {
    countIn((tally.r ??= {}), runMs);
    tally.rx = longer(tally.rx, Math.max(0, Math.round(runMs)));
  }
}

/** Adds `more` to `tally`. `stats.lua` does the same with their texts. */
export function addTally(tally: Tally, more: Tally): void {
  addCounts(tally.o, more.o);
  if (more.w) addCounts((tally.w ??= {}), more.w);
  if (more.r) addCounts((tally.r ??= {}), more.r);
  if (more.wx !== undefined) tally.wx = longer(tally.wx, more.wx);
  if (more.rx !== undefined) tally.rx = longer(tally.rx, more.rx);
}

function addCounts(counts: Record<string, number>, more: Record<string, number>): void {
  for (const name in more) counts[name] = (counts[name] ?? 0) + more[name];
}

function longer(before: number | undefined, ms: number): number {
  return before === undefined || ms > before ? ms : before;
}

/** As callers see it. */
export function readTally(tally: Tally): StatsOfCalls {
  const calls = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, tally.o[outcome] ?? 0])) as CallCounts;
  calls.total = OUTCOMES.reduce((sum, outcome) => sum + calls[outcome], 0);
  return { calls, waitMs: spreadOf(tally.w, tally.wx), runMs: spreadOf(tally.r, tally.rx) };
}

function spreadOf(histogram: Histogram | undefined, max: number | undefined): Spread | null {
  if (histogram === undefined || max === undefined) return null;
  // The time of a bucket may lie above the longest that was counted in it.
  const at = (share: number): number => Math.min(percentile(histogram, share)!, max);
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max };
}
