/** What a question about stats comes to: which steps, and of which resolution they are read. */
import type { FieldError } from '@invoq/contract/refusal';
import { COARSEST, FINEST, type Resolution, RESOLUTIONS, startOf } from './resolutions';

/** Times in ms since the epoch. What is absent is chosen: the last hour, in the finest step that is kept for it. */
export interface RangeQuery {
  from?: number;
  to?: number;
  stepMs?: number;
}

/** `from` and `to` are multiples of the step. */
export interface Range {
  from: number;
  to: number;
  stepMs: number;
  resolution: Resolution;
}

export const MAX_POINTS = 1_500;
const DEFAULT_SPAN_MS = 3_600_000;
const LONGEST_STEP_MS = 86_400_000;

/** Returns what is wrong with the query instead, when something is. */
export function rangeOf(query: RangeQuery, now: number): Range | FieldError {
  const to = query.to ?? now;
  const from = query.from ?? Math.min(to, now) - DEFAULT_SPAN_MS;
  if (from > now) return { field: 'from', rule: 'must not be in the future' };
  if (from >= to) return { field: 'from', rule: 'must be before "to"' };
  if (from < now - COARSEST.reachMs) return { field: 'from', rule: 'must be within the last 7 days' };
  const stepMs = query.stepMs ?? RESOLUTIONS.find((each) => from >= now - each.reachMs)!.stepMs;
  if (stepMs < FINEST.stepMs || stepMs > LONGEST_STEP_MS || stepMs % FINEST.stepMs !== 0)
    return { field: 'step', rule: 'must be whole minutes, from 1m to 1d' };
  const points = Math.ceil((to - from) / stepMs);
  if (points > MAX_POINTS) {
    const rule = `makes ${points} points of this time; there may be ${MAX_POINTS}: ask for a longer step, or for less time`;
    return { field: 'step', rule };
  }
  const resolution = RESOLUTIONS.findLast((each) => stepMs % each.stepMs === 0)!;
  const first = startOf(from, stepMs);
  if (from < now - resolution.reachMs || first < now - resolution.keepMs)
    return { field: 'step', rule: tooFine(from, now) };
  // What is to come has no points.
  const end = Math.min(to, now + 1);
  return { from: first, to: startOf(end - 1, stepMs) + stepMs, stepMs, resolution };
}

function tooFine(from: number, now: number): string {
  const kept = RESOLUTIONS.find((each) => from >= now - each.reachMs)!;
  const least = kept === COARSEST ? '1h' : `${kept.stepMs / FINEST.stepMs}m`;
  return `must be a multiple of ${least} for this "from": minutes are kept for 3 hours, 10 minutes for a day, hours for 7 days`;
}

/** The starts of all buckets that are read for a range, in order. */
export function startsOf({ from, to, resolution }: Range): number[] {
  return Array.from({ length: (to - from) / resolution.stepMs }, (_, i) => from + i * resolution.stepMs);
}
