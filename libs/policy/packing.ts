/**
 * Which call had better wait a moment for a busy sandbox than wake an idle one. More processes at work than there are cores
 * get nothing done sooner, and each has caches and compiled code of its own to warm up: short calls on few hot
 * processes cost half of what they cost spread over many.
 */

/** The longest wait for a hot sandbox, ms. What is not short after all holds nobody up for longer. */
export const MOMENT_MS = 3;
/** Calls that keep a process for less are short, ms. */
const SHORT_MS = 1;
/** More of them are not served within the moment. */
const WAITING_PER_CORE = 4;
/** A rare long call says little of the next one, ms. */
const LONGEST_SAMPLE_MS = 20;
const WEIGHT = 1 / 16;

export interface PoolState {
  /** How long a call keeps its process, in the mean, ms; undefined until one has ended. */
  paceMs: number | undefined;
  /** Calls that began less than a moment ago. */
  young: number;
  /** Calls that wait already. */
  waiting: number;
  cores: number;
}

export function isWorthWaiting({ paceMs, young, waiting, cores }: PoolState): boolean {
  return paceMs !== undefined && paceMs < SHORT_MS && young >= cores && waiting < WAITING_PER_CORE * cores;
}

/** The mean with one more call in it; the last 16 or so count. */
export function paceWith(tookMs: number, paceMs: number | undefined): number {
  const sample = Math.min(tookMs, LONGEST_SAMPLE_MS);
  return paceMs === undefined ? sample : paceMs + (sample - paceMs) * WEIGHT;
}
