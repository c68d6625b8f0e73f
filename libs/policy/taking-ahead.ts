/**
 * How many calls a lane takes beyond its slots. A call holds its place in the lane until its end is recorded, and short calls
 * spend most of that time on the way to Redis and back, with their slots empty. Calls taken ahead fill them. A long call would
 * keep those behind it waiting while other workers are idle, so the first sign of one ends it.
 */
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

/** As many more than there are slots. */
export function mostAhead(slots: number, { paceMs, oldestMs }: LanePace): number {
  return paceMs !== undefined && paceMs < SHORT_MS && oldestMs < MOMENT_MS ? slots : 0;
}
