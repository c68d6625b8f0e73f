/** One call as the model of the record protocol knows it, and the times and limits that the model goes by. */
import type { Mode, Status } from '@invoq/contract/invocation';
import type { Outcome } from '@invoq/contract/outcome';

export interface ModelRecord {
  requestID: string;
  mode: Mode;
  status: Status;
  attempt: number;
  maxStarts: number;
  timeoutMs: number;
  queueAgeMs: number;
  /** ms by the clock of the history, as all times here. */
  expiresAt: number;
  /** When its waiting began, or is to begin: `expiresAt` is that much later, and what it was held back since. */
  waitsFrom: number;
  nextLook: number;
  leaseMs: number;
  leaseUntil?: number;
  suspectAt?: number;
  deadline?: number;
  token?: string;
  cancelAsked?: boolean;
  /** Its turn in the lane, and by how much it stands ahead of it; see `readyQueue.lua`. */
  turn?: number;
  priority: number;
  flow: string;
  /** Of its data. */
  bytes: number;
  /** Of its end, once that was seen. */
  endBytes?: number;
  /** It becomes a dead letter when it fails for good. */
  deadMs?: number;
  /** It expired, and a new call under its Idempotency-Key took the place of its dead letter. */
  isReplaced?: boolean;
  /** Attempts that a worker took along when it died. */
  losses: number;
  /** It waits for this time; until then it has no turn. */
  notBefore?: number;
  /** It counts among those that wait in its lane: in the line, held back, or on its way between the two. */
  counted?: boolean;
  /** Held back by the limit of its function, by this order; see `limit.lua`. */
  heldAt?: number;
  /** How the last attempt failed, while it waits for another one. */
  failure?: { outcome: Outcome; by: string };
  /** Attempts that are over and were followed, or are to be followed, by another: number and outcome. */
  past: string[];
  /** It waits for its end alone, out of the line: it was too late when its turn came, or is to be cancelled. */
  taken?: boolean;
  /** Whom its worker took up in the step that ended it. */
  next?: ModelRecord;
  /** It uses nothing that only some calls use: its record is packed, and it has no callback. */
  isPlain?: boolean;
  /** How it ended; never changes again. */
  end?: { outcome: Outcome; by: string };
}

export const FIRST_LOOK_MS = 5_000;
export const LOOK_AGAIN_MS = 60_000;
export const REQUEUE_LOOK_MS = 1_500;
export const LATE_MS = 3_000;
/** Who was dispatched to must have read it by then. */
export const READ_MS = 500;
export const REPORT_GRACE_MS = 700;
export const TURNS_AHEAD = 100;
export const MS_AHEAD = 60_000;
export const PASSED_OVER = 20;
/** Data up to so many bytes are not counted. */
export const FREE_BYTES = 4_096;
export const QUOTAS = { maxWaiting: 12_000, maxDead: 9_000 };
const DEAD = new Set<Status>(['failed', 'crashed', 'timedOut', 'lost', 'expired']);
/** Functions that limit how many of their calls run at a time. */
export const LIMITS: Record<string, number | undefined> = { g: 1, h: 2 };

/** What waits for its time is in no line. */
export function isInLine({ status, turn }: ModelRecord): boolean {
  return status === 'queued' && turn !== undefined;
}

export function isCounted({ bytes }: ModelRecord): boolean {
  return bytes > FREE_BYTES;
}

export function isDead({ status, deadMs, isReplaced }: ModelRecord): boolean {
  return deadMs !== undefined && DEAD.has(status) && !isReplaced;
}

/** Of the function whose flow it is. */
export function nameOf(flow: string): string {
  return flow.split(' ')[0] ?? '';
}

export function waits({ status }: ModelRecord): boolean {
  return status === 'queued' || status === 'retrying';
}
