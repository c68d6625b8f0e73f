/**
 * How soon the memory of a running function is read again. A function that is young, that grows or shrinks, or that has
 * child processes is looked at each 25 ms. One that is steady is looked at less often, but never so late that it could fill
 * what is left up to its limit, and 25 ms more. So what a function takes beyond its limit stays what fits into 25 ms.
 */
const MB = 1024 * 1024;

/** As often as any, ms. */
export const CHECK_MS = 25;
/** As rarely as any, ms: child processes are looked for with the same check. */
export const MAX_CHECK_MS = 100;
/** A call that runs for less says little about the rest of its run, ms. */
const YOUNG_MS = 1_000;
/** Memory that changes by less between two checks is steady, bytes. */
const STEADY_BYTES = MB;
/** The fastest growth that is planned for, bytes a ms. A loop that only touches fresh pages reaches 1.2 MB. */
const FASTEST = 2 * MB;

export interface MemorySeen {
  /** Since the call began, ms. */
  ageMs: number;
  bytes: number;
  limitBytes: number;
  /** Since the check before, bytes; shrinking counts as well. */
  changedBytes: number;
  hasChildren: boolean;
  /** Between the last two checks, ms. */
  lastMs: number;
}

/** Until the next check, ms. */
export function nextCheckMs({ ageMs, bytes, limitBytes, changedBytes, hasChildren, lastMs }: MemorySeen): number {
  if (ageMs < YOUNG_MS || hasChildren || Math.abs(changedBytes) > STEADY_BYTES) return CHECK_MS;
  const safeMs = CHECK_MS + Math.max(0, limitBytes - bytes) / FASTEST;
  return Math.min(2 * lastMs, safeMs, MAX_CHECK_MS);
}
