/**
 * How many calls a lane takes beyond its slots. A call holds its place in the lane until its end is recorded, and short calls
 * spend most of that time on the way to Redis and back, with their slots empty. Calls taken ahead fill them. A long call would
 * keep those behind it waiting while other workers are idle, so the first sign of one ends it.
 */
import type { LaneName } from './lanes';
import { MOMENT_MS } from './packing';

/** Calls that hold their slots for less, in the mean, are short, ms. */
const SHORT_MS = 4;
/** Who waited in line for so long was not taken by an idle worker: there is none, ms. */
const WAITED_MS = 2;

export interface LanePace {
  /** How long calls of the lane hold their slots in this worker, in the mean, ms; undefined until one has ended. */
  paceMs: number | undefined;
  /** How long the call at work for longest has run, ms; 0 when none runs. */
  oldestMs: number;
}

/** Has a call that waited in line for so long shown that no worker is idle? */
export function showsNobodyIdle(queuedMs: number): boolean {
  return queuedMs >= WAITED_MS;
}

/**
 * A lane takes ahead so many times its slots at most. A worker that is killed takes along what it holds: an async call is
 * started again, the caller of a sync call is told that it is lost.
 */
export function timesAhead(lane: LaneName): number {
  return lane === 'async' ? 3 : 1;
}

/** As many more than there are slots. Each has a slot within half of the time for which it may wait, as a rule. */
export function mostAhead(slots: number, times: number, { paceMs, oldestMs }: LanePace): number {
  if (paceMs === undefined || paceMs >= SHORT_MS || oldestMs >= MOMENT_MS) return 0;
  return Math.floor(slots * Math.min(times, MOMENT_MS / 2 / paceMs));
}
