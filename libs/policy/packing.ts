/**
 * Which call had better stand behind another one in a busy sandbox than wake an idle one. More processes at work than there
 * are cores get nothing done sooner, and each has caches and compiled code of its own to warm up. Short calls on few hot
 * processes cost half of what they cost spread over many, and a process that finds its next call in the pipe need not be
 * woken for it.
 */

/** No call stands for longer behind one that takes its time, ms. */
export const MOMENT_MS = 8;
/** Calls that keep a process for less are short, ms. */
const SHORT_MS = 1;
/** Calls that keep a process for less are over before another process is awake, ms. */
const BRIEF_MS = 0.1;
/** What a process does for each call besides, ms. */
const HANDLING_MS = 0.05;
/** Brief calls may stand for so long behind others, ms, where another process could be woken for them. */
const SOON_MS = 0.5;
/** Behind one call. */
const MOST_BEHIND = 16;
/** Calls that wait until they may stand behind another one; more are not served within the moment. */
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

/** Is a call served sooner, or as soon and cheaper, by a sandbox that is at work? */
export function isHot({ paceMs, young, waiting, cores }: PoolState): boolean {
  return paceMs !== undefined && paceMs < SHORT_MS && young >= cores && waiting < WAITING_PER_CORE * cores;
}

/** Is one more call served soon behind `calls` others? Then no other process is woken for it, whatever else is idle. */
export function isSoon(calls: number, paceMs: number | undefined): boolean {
  return paceMs !== undefined && paceMs < BRIEF_MS && calls * (paceMs + HANDLING_MS) < SOON_MS;
}

/** As many stand behind a call as are served within a moment. */
export function mostBehind(paceMs: number): number {
  return Math.min(MOST_BEHIND, Math.floor(MOMENT_MS / Math.max(paceMs, MOMENT_MS / MOST_BEHIND)));
}

/** The mean with one more call in it; the last 16 or so count. */
export function paceWith(tookMs: number, paceMs: number | undefined): number {
  const sample = Math.min(tookMs, LONGEST_SAMPLE_MS);
  return paceMs === undefined ? sample : paceMs + (sample - paceMs) * WEIGHT;
}
