/**
 * The plan of one call: which lane, how long in the queue, how long in the run, how long the caller waits, how often it
 * may be started. Decided once, here; it rides in the record and nobody decides again.
 */
import { invalid, Refusal } from '@invoq/contract/refusal';
import type { FunctionSpec, KeepData, Retention } from '@invoq/contract/function';
import type { Mode } from '@invoq/contract/invocation';
import { KEEP_MS } from './callbacks';
import type { RetryRule, RetryInput } from '@invoq/contract/retry';
import { type LaneName, laneOf } from './lanes';
import { retryRule } from './retry';

/** What the platform allows, whatever a function or a call asks. All ms. */
export interface PlatformLimits {
  /** How long an async call may stay in the queue before it expires. */
  maxQueueAgeMs: number;
  /** How long what has ended is kept, when its function does not say. */
  retention: Retention;
  /** How long an Idempotency-Key is remembered. */
  idempotencyMs: number;
  /** The longest time one request may be held open for an async result. */
  maxWaitMs: number;
  /** How far ahead a call may be put off. */
  maxDelayMs: number;
}

export interface CallInput {
  sync: boolean;
  /** With `detach`, a caller who has waited long enough gets the requestID and the run goes on. */
  onTimeout: 'fail' | 'detach';
  /**
   * Sync: from acceptance to the end. Async: the run alone. With `detach`: how long the caller waits, unless `waitMs` says
   * that; then the run alone.
   */
  timeoutMs?: number;
  /** How long the caller of a call that may detach waits, ms. */
  waitMs?: number;
  /** It does an earlier call again: what that one asked for is held to what is allowed now, and not refused. */
  again?: boolean;
  /** Nesting depth of the caller's own chain. */
  depth: number;
  idempotent: boolean;
  /** Somebody else is notified of the end. */
  callback?: boolean;
  /** 0 to `MAX_PRIORITY`; the function's own when nothing is said. */
  priority?: number;
  /** Over what the function has. Async calls only. */
  retry?: RetryInput;
  /** Not before so long from now, ms. Async calls only, as is `runAt`. */
  delayMs?: number;
  /** Not before this time, ms since the epoch. */
  runAt?: number;
  /** ms since the epoch by the clock at hand; only for how far ahead `runAt` is. */
  now?: number;
}

export interface Plan {
  mode: Mode;
  lane: LaneName;
  /** The longest run. Sync calls: from acceptance, so that time in the queue counts. */
  timeoutMs: number;
  /** The longest run that the call itself asked for, if it did: whoever does it again asks for the same. Async calls only. */
  askedMs?: number;
  /** Not started by then: expired. */
  expireAfterMs: number;
  /** How long the caller is held; 0: not at all. */
  waitMs: number;
  /** Starts allowed when workers die with it. A function's own failure is not run again by this. */
  maxStarts: number;
  /** How far ahead in its lane; see `readyQueue.lua`. */
  priority: number;
  /** So many calls of the function may run at a time; undefined: as many as there are slots. */
  maxRunning?: number;
  /** When the function's own failure is run again; undefined: never. */
  retry?: RetryRule;
  /** When it may start at the earliest; counted by the clock of the store. */
  delay?: { delayMs?: number; runAt?: number };
  retainMs: number;
  /** How long it is kept when it failed for good, in the list of dead letters; undefined: it never stands there. */
  deadMs?: number;
  /** Whose data are kept with their record; undefined: those of calls that failed. */
  keepData?: KeepData;
}

/** An async call is started again only when its worker was lost, three starts in all. */
const ASYNC_STARTS = 3;

export function planCall(spec: FunctionSpec, input: CallInput, limits: PlatformLimits): Plan {
  if (input.sync && input.onTimeout === 'fail') return planSync(spec, input, limits);
  return planAsync(spec, input, limits);
}

function planSync(spec: FunctionSpec, input: CallInput, limits: PlatformLimits): Plan {
  for (const field of ['retry', 'delayMs', 'runAt'] as const)
    if (input[field] !== undefined) throw invalid(field, ASYNC_ONLY);
  const timeoutMs = lowered(input.timeoutMs, spec.timeoutMs.sync, `${spec.name}'s sync limit`);
  return {
    mode: 'sync',
    lane: laneOf('sync', input.depth),
    timeoutMs,
    expireAfterMs: timeoutMs,
    waitMs: timeoutMs,
    maxStarts: 1,
    priority: input.priority ?? spec.priority ?? 0,
    maxRunning: spec.concurrency,
    retainMs: retention(spec.retention?.syncMs ?? limits.retention.syncMs, input, limits),
    keepData: spec.keepData,
  };
}

/**
 * A call that may detach rides the async lane from the start: it can become a long run, and long runs must never hold
 * the slots of sync calls.
 */
function planAsync(spec: FunctionSpec, input: CallInput, limits: PlatformLimits): Plan {
  const delay = delayOf(input, limits);
  const limitMs = spec.timeoutMs.async;
  const isOfRun = !input.sync || input.waitMs !== undefined;
  const askedMs = isOfRun ? input.timeoutMs : undefined;
  return {
    mode: 'async',
    lane: laneOf('async', input.depth),
    timeoutMs: input.again
      ? Math.min(askedMs ?? limitMs, limitMs)
      : lowered(askedMs, limitMs, `${spec.name}'s async limit`),
    askedMs,
    expireAfterMs: limits.maxQueueAgeMs,
    waitMs: waitOf(spec, input, limits),
    maxStarts: ASYNC_STARTS,
    priority: input.priority ?? spec.priority ?? 0,
    maxRunning: spec.concurrency,
    retry: retryRule(spec.retry, input.retry),
    delay,
    retainMs: retention(spec.retention?.asyncMs ?? limits.retention.asyncMs, input, limits),
    deadMs: spec.retention?.deadMs ?? limits.retention.deadMs,
    keepData: spec.keepData,
  };
}

function waitOf(spec: FunctionSpec, { sync, waitMs, timeoutMs }: CallInput, { maxWaitMs }: PlatformLimits): number {
  if (!sync) return 0;
  return waitMs ?? lowered(timeoutMs ?? spec.timeoutMs.sync, maxWaitMs, 'the longest wait');
}

function delayOf({ delayMs, runAt, sync, now = 0 }: CallInput, { maxDelayMs }: PlatformLimits): Plan['delay'] {
  const field = delayMs === undefined ? 'runAt' : 'delayMs';
  if (delayMs === undefined && runAt === undefined) return undefined;
  if (sync) throw invalid(field, ASYNC_ONLY);
  if (delayMs !== undefined && runAt !== undefined) throw invalid('delayMs', 'must not stand beside runAt');
  const ahead = delayMs ?? runAt! - now;
  if (ahead > maxDelayMs) throw invalid(field, `must be at most ${maxDelayMs} ms ahead`);
  return { delayMs, runAt };
}

/** A sync call starts at most once, and at once: its caller is there to decide about more. */
const ASYNC_ONLY = 'is for async calls: send it with "sync": false';

/** A call may lower a limit, never raise it: what it asks beyond is refused, not cut in silence. */
function lowered(wished: number | undefined, limit: number, whose: string): number {
  if (wished === undefined) return limit;
  if (wished > limit) {
    const rule = `must be at most ${limit} (ms, ${whose})`;
    throw new Refusal('INVALID_REQUEST', `timeoutMs ${rule}; got ${wished}.`, {
      fields: [{ field: 'timeoutMs', rule }],
    });
  }
  return wished;
}

/** The answer must outlive the key that replays it, and the tries to deliver it. */
function retention(keepMs: number, { idempotent, callback }: CallInput, limits: PlatformLimits): number {
  return Math.max(keepMs, idempotent ? limits.idempotencyMs : 0, callback ? KEEP_MS : 0);
}
