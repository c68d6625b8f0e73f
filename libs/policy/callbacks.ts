/** When a callback is tried again, and when it is given up. Standard Webhooks recommends as much: standardwebhooks.com, "Deliverability and reliability". */
import type { DeliveryState } from '@invoq/contract/callback';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Waits between two tries, ms: ten tries over some 16 hours. */
export const WAITS_MS = [
  5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS,
  HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS,
] as const; // prettier-ignore

/** Each wait is longer or shorter by up to so much, so that what failed together does not come back together. */
const JITTER = 0.2;
/** A receiver may ask for a longer wait (`Retry-After`), up to this, ms. */
const MAX_ASKED_MS = 4 * HOUR_MS;
/** Records with a callback are kept for so long at least, ms: longer than all tries can take. */
export const KEEP_MS = 48 * HOUR_MS;
/** After 410 nothing is sent to that URL of that function for so long, ms. */
export const GONE_MS = 24 * HOUR_MS;

/** What a receiver answered, or why there was no answer. */
export type DeliveryAnswer =
  | { kind: 'answer'; status: number; retryAfterMs?: number }
  | { kind: 'fault'; message: string }
  /** Nothing was sent: the address is an internal one. */
  | { kind: 'refused'; message: string; address: string };

/** `inMs`: until the next try of what stays `pending`. */
export type AfterTry = { state: Exclude<DeliveryState, 'pending'> } | { state: 'pending'; inMs: number };

/** `tries`: made so far, including the last one. `chance`: 0 to 1. */
export function afterTry(answer: DeliveryAnswer, tries: number, chance: number): AfterTry {
  if (answer.kind === 'refused') return { state: 'refused' };
  const status = answer.kind === 'answer' ? answer.status : 0;
  if (status >= 200 && status < 300) return { state: 'delivered' };
  if (status === 410) return { state: 'gone' };
  if (tries > WAITS_MS.length) return { state: 'failed' };
  const wait = WAITS_MS[tries - 1] * (1 - JITTER + 2 * JITTER * chance);
  const asked = answer.kind === 'answer' ? (answer.retryAfterMs ?? 0) : 0;
  return { state: 'pending', inMs: Math.round(Math.max(wait, Math.min(asked, MAX_ASKED_MS))) };
}
