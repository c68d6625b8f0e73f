/** How long a poller of an invocation without an end is asked to wait. */

/** One more second of pause for so many ms that the call is old: a poller asks some 25 times in the first minutes. */
const AGE_EACH_MS = 10_000;
/** One more second for so many calls that stand before it. */
const AHEAD_EACH = 100;
const MOST_S = 30;

/** Seconds for `Retry-After`: 1 at first, 30 at most. `ahead`: calls of its lane that wait and were accepted before it. */
export function pollAfterS({ ageMs, ahead = 0 }: { ageMs: number; ahead?: number }): number {
  const wished = Math.max(ageMs / AGE_EACH_MS, ahead / AHEAD_EACH);
  return Math.min(MOST_S, Math.max(1, Math.ceil(wished)));
}
