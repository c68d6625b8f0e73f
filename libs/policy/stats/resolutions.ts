/** Into which stretches of time calls are counted, and how long each is kept. */

export interface Resolution {
  stepMs: number;
  /** So far back it may be asked for, ms. */
  reachMs: number;
  /** How long it is kept after it ended, ms: longer, because a question begins at a multiple of its own step. */
  keepMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Each is a multiple of the one before. */
export const RESOLUTIONS: readonly Resolution[] = [
  { stepMs: MINUTE_MS, reachMs: 3 * HOUR_MS, keepMs: 4 * HOUR_MS },
  { stepMs: 10 * MINUTE_MS, reachMs: DAY_MS, keepMs: 26 * HOUR_MS },
  { stepMs: HOUR_MS, reachMs: 7 * DAY_MS, keepMs: 8 * DAY_MS },
];

export const FINEST = RESOLUTIONS[0];
export const COARSEST = RESOLUTIONS[RESOLUTIONS.length - 1];

export function startOf(at: number, stepMs: number): number {
  return Math.floor(at / stepMs) * stepMs;
}
