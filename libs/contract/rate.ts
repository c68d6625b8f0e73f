/** How often something may be done, and what of it is left. */

/** So many calls in a time; after a pause all of them at once. */
export interface Rate {
  limit: number;
  windowMs: number;
}

const LIMIT = { min: 1, max: 1_000_000 };
const WINDOW_MS = { min: 1, max: 86_400_000 };

/** Completes "must be …". */
export const RATE_RULE = `{"limit", "windowMs"}: integers, ${LIMIT.min} to ${LIMIT.max} calls in ${WINDOW_MS.min} to ${WINDOW_MS.max} ms`;

export function isRate(value: unknown): value is Rate {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false;
  const { limit, windowMs } = value as Partial<Record<keyof Rate, unknown>>;
  return isWithin(limit, LIMIT) && isWithin(windowMs, WINDOW_MS);
}

function isWithin(value: unknown, { min, max }: { min: number; max: number }): boolean {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

/** What may limit a call. The words are those of `RateLimit` headers and of the metrics. */
export type QuotaName =
  | 'key-rate'
  | 'function-rate'
  | 'function-concurrency'
  | 'queue-depth'
  | 'waits'
  | 'event-streams'
  | 'uploads'
  | 'open-results'
  | 'queued-bytes'
  | 'dead-letter-bytes'
  | 'kept-bytes'
  | 'schedule-bytes'
  | 'blob-bytes';

/** What bounds bytes, and the setting that says how many. */
export const BYTE_QUOTAS = {
  'queued-bytes': { setting: 'INVOQ_MAX_QUEUED_BYTES', of: 'data that wait or run' },
  'dead-letter-bytes': { setting: 'INVOQ_MAX_DEAD_BYTES', of: 'dead letters: replay or purge some' },
  'kept-bytes': {
    setting: 'INVOQ_MAX_KEPT_BYTES',
    of: 'results, logs and data of ended calls, until their retention is over',
  },
  'schedule-bytes': { setting: 'INVOQ_MAX_SCHEDULE_BYTES', of: 'schedules' },
  'blob-bytes': { setting: 'INVOQ_MAX_BLOB_BYTES', of: 'uploads, until they expire' },
} as const satisfies Partial<Record<QuotaName, { setting: string; of: string }>>;

export type ByteQuotaName = keyof typeof BYTE_QUOTAS;

/** A limit that a call came under, and what is left of it. */
export interface Quota {
  name: QuotaName;
  /** How much there is in all. */
  limit: number;
  /** The time in which there is so much; none for what is given back. */
  windowMs?: number;
  remaining: number;
  /** Until all of it is there again, ms; where that is known. */
  wholeInMs?: number;
}
