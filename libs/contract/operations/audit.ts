/** What operators changed. Kept for 30 days. */
import type { Time } from '../formats';

export const AUDIT_ACTIONS = [
  'queue.pause',
  'queue.resume',
  'queue.purge',
  'function.pause',
  'function.resume',
  'function.forget',
  'invocation.cancel',
  'invocation.replay',
  'invocations.bulk',
  'worker.drain',
  'worker.resume',
  'deadLetters.replay',
  'deadLetters.purge',
  'schedule.put',
  'schedule.delete',
  'schedule.pause',
  'schedule.resume',
  'callback.resend',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEntry {
  id: string;
  at: Time;
  /** The key; missing without a keys file. */
  keyID?: string;
  /** Where the request came from. */
  ip?: string;
  action: AuditAction;
  /** The queue, function, worker, schedule or requestID that it was done to. */
  target: string;
  /** Missing for what spans envs. */
  env?: string;
  reason?: string;
  /** More of it: the filter of a bulk action, its counts, `exit` of a drain. */
  details?: Record<string, unknown>;
}

/** `data` of `GET /v1/audit`: newest first. */
export interface AuditPage {
  entries: AuditEntry[];
  /** Of the next page; null: there is none. */
  cursor: string | null;
}
