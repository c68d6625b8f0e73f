/** The story of a call: resolve the function, plan, admit, enqueue, wait. Every step is told in a file of its own. */
import { createHash } from 'node:crypto';
import type { CallbackWish } from '@invoq/contract/callback';
import { Refusal } from '@invoq/contract/errors';
import { FUNCTION_NAME, type FunctionSpec } from '@invoq/contract/function';
import type { Quota } from '@invoq/contract/rate';
import type { RegistryCache } from '@invoq/functions/registry-cache';
import { continueTrace, makeTraceparent, parseTraceparent } from '@invoq/host/trace';
import { type Plan, planCall, type PlatformLimits } from '@invoq/policy/plan';
import type { InvocationStore, ListedBounds, Standing, Submission } from '@invoq/store/invocation-store';
import { anyPartition, inPartition, newRequestID, partitionOfFunction, partitionOfText } from '@invoq/store/partition';
import { storeRefusal } from '@invoq/store/store-fault';
import type { Caller } from '../callers/caller';
import type { Acceptance } from './acceptance';
import type { Admission } from './admission';
import type { Answer, Call } from './call';
import type { LargeResults } from './large-results';
import type { Ended, Waiter, Waiters } from './waiters';

export interface InvocationsOptions {
  limits: PlatformLimits;
  /** As many calls may wait in one lane. */
  maxQueued: number;
  /** As many calls may be under way in one partition when a delayed one is added. */
  maxOpen: number;
  partitions: number;
  listed: ListedBounds;
  /** The channel on which this process is told of ends. */
  replyTo: string;
}

/** A sync caller always hears by its deadline and this, ms. */
const HARD_END_MS = 1_000;
/** For bringing a large result after the last moment, ms. */
const MIN_FETCH_MS = 500;
/** Of the log, at most: it goes into a header. */
const LOG_TAIL_BYTES = 4_096;
/** Between looks at a call that is past its deadline and has no end yet, ms. */
const LATE_LOOK_MS = 100;

export class Invocations {
  constructor(
    private readonly functions: RegistryCache,
    private readonly admission: Admission,
    private readonly acceptance: Acceptance,
    private readonly store: InvocationStore,
    private readonly waiters: Waiters,
    private readonly large: LargeResults,
    private readonly options: InvocationsOptions,
  ) {}

  /** `hangUp`: the caller went away; the wait ends, the run does not. */
  async invoke(caller: Caller, call: Call, hangUp?: AbortSignal): Promise<Answer> {
    this.admission.mustBeOpen();
    const spec = await this.resolve(caller.env, call.function);
    const plan = this.plan(caller, call, spec);
    const submission = this.submission(caller, call, spec, plan);
    const quotas = await this.admission.admit(caller, spec);
    if (plan.waitMs === 0) {
      return { kind: 'accepted', requestID: await this.acceptance.accept(submission), status: 'queued', quotas };
    }
    const hearBy = Date.now() + plan.waitMs + HARD_END_MS;
    const { requestID, ended } = await this.acceptAndWait(submission, hangUp);
    if (!ended) return { kind: 'accepted', requestID, status: 'queued', quotas };
    const limitMs = Math.max(MIN_FETCH_MS, hearBy - Date.now());
    const { envelope, large } = await this.large.whole(requestID, ended.envelope, call.large, limitMs);
    return {
      kind: 'ended',
      requestID,
      status: ended.status,
      envelope,
      large,
      quotas,
      logTail: await this.logTail(requestID, call),
    };
  }

  /**
   * Many async calls of one function: each is accepted or refused by itself, in the order they came. Refuses as a whole
   * what concerns them all: no such function, no Redis, a process that is going.
   */
  async submitAll(caller: Caller, name: string, calls: Call[]): Promise<(Answer | Refusal)[]> {
    this.admission.mustBeOpen();
    const spec = await this.resolve(caller.env, name);
    const looked = calls.map((call) => refusable(() => this.looked(caller, call, spec)));
    const submissions = looked.filter((one): one is Submission => !(one instanceof Refusal));
    const { accepted, quotas } = await this.acceptThrough(caller, spec, submissions);
    const verdicts = accepted.values();
    return looked.map((one) => {
      const verdict = one instanceof Refusal ? one : verdicts.next().value!;
      return verdict instanceof Refusal ? verdict : { kind: 'accepted', requestID: verdict, status: 'queued', quotas };
    });
  }

  /** Made here for calls that come without an id of their own. */
  newID(): string {
    return newRequestID(anyPartition(this.options.partitions));
  }

  /** Those that the rates let through are accepted; the others are refused, in the order they came. */
  private async acceptThrough(
    caller: Caller,
    spec: FunctionSpec,
    submissions: Submission[],
  ): Promise<{ accepted: (string | Refusal)[]; quotas?: Quota[] }> {
    if (submissions.length === 0) return { accepted: [] };
    const { through, quotas, refusal } = await this.admission.admitSome(caller, submissions.length, spec);
    const accepted = through > 0 ? await this.acceptance.acceptAll(submissions.slice(0, through)) : [];
    return { accepted: [...accepted, ...submissions.slice(through).map(() => refusal!)], quotas };
  }

  private looked(caller: Caller, call: Call, spec: FunctionSpec): Submission {
    return this.submission(caller, call, spec, this.plan(caller, call, spec));
  }

  private plan({ depth }: Caller, call: Call, spec: FunctionSpec): Plan {
    const idempotent = call.idempotencyKey !== undefined;
    const callback = callbackOf(call, spec) !== undefined;
    return planCall(spec, { ...call, depth, idempotent, callback, now: Date.now() }, this.options.limits);
  }

  /** By the way: the answer is there, and is given without it when Redis is not. */
  private async logTail(requestID: string, { logTail }: Call): Promise<string | undefined> {
    if (logTail === undefined) return undefined;
    const text = await this.store.logTail(requestID, LOG_TAIL_BYTES).catch(() => '');
    return lastLines(text, logTail);
  }

  private async acceptAndWait(submission: Submission, hangUp?: AbortSignal): Promise<Heard> {
    const waiter = this.waiters.open(submission.requestID);
    try {
      const requestID = await this.acceptance.accept(submission);
      if (requestID !== submission.requestID) return await this.join({ ...submission, requestID }, hangUp);
      return { requestID, ended: await this.wait(waiter, submission, hangUp) };
    } finally {
      waiter.close();
    }
  }

  private async resolve(env: string, name: string): Promise<FunctionSpec> {
    if (!FUNCTION_NAME.test(name)) {
      const rule = 'must be a letter, then at most 59 letters, digits, "_" or "-"';
      throw new Refusal('INVALID_REQUEST', `name ${rule}.`, { fields: [{ field: 'name', rule }] });
    }
    const spec = await this.functions.find(env, name).catch((error: unknown) => {
      throw storeRefusal(error);
    });
    if (!spec) throw new Refusal('FUNCTION_NOT_FOUND', `No function "${name}" in env "${env}".`);
    return spec;
  }

  private submission(caller: Caller, call: Call, spec: FunctionSpec, plan: Plan): Submission {
    const { limits, maxQueued, maxOpen, partitions, replyTo, listed } = this.options;
    const submission: Submission = {
      requestID: call.requestID,
      env: caller.env,
      function: spec.name,
      queue: spec.queue,
      plan,
      data: call.data,
      origin: JSON.stringify({ ...call.origin, eventType: caller.eventType ?? call.origin.eventType }),
      depth: caller.depth,
      traceparent: continued(call.traceparent),
      replyTo: plan.waitMs > 0 ? replyTo : '',
      maxQueued,
      maxOpen,
      listed,
      replay: call.replay,
      callback: callbackOf(call, spec),
    };
    const key = call.idempotencyKey;
    // What is counted together is in one place: all calls of a function with a limit, or all of one key. A replay stays
    // where its dead letter is.
    const partition =
      plan.maxRunning !== undefined && !call.replay
        ? partitionOfFunction(caller.env, spec.name, partitions)
        : key !== undefined
          ? partitionOfText(`${caller.env}\n${key}`, partitions)
          : undefined;
    const requestID = partition === undefined ? call.requestID : inPartition(call.requestID, partition);
    if (key === undefined) return { ...submission, requestID };
    const idempotency = { key, bodyHash: hashOf(call), keepMs: limits.idempotencyMs };
    return { ...submission, requestID, idempotency };
  }

  /** A repeated Idempotency-Key: wait for the invocation that the first request made, on whichever API process. */
  private async join(submission: Submission, hangUp?: AbortSignal): Promise<Heard> {
    const { requestID } = submission;
    const waiter = this.waiters.open(requestID);
    try {
      const standing = await this.store.watch(requestID, this.options.replyTo).catch((error: unknown) => {
        throw storeRefusal(error, { requestID, started: 'unknown' });
      });
      if (isEnded(standing)) return { requestID, ended: standing };
      return { requestID, ended: await this.wait(waiter, submission, hangUp) };
    } finally {
      waiter.close();
    }
  }

  /** Undefined: accepted, and the caller waits no longer. */
  private async wait(
    waiter: Waiter,
    { requestID, plan, queue, env, function: name }: Submission,
    hangUp?: AbortSignal,
  ): Promise<Ended | undefined> {
    const hardEnd = Date.now() + plan.waitMs + HARD_END_MS;
    let ended = await waiter.wait(plan.waitMs, hangUp).catch((refusal: unknown) => {
      // A call that may detach is accepted already, whatever Redis does now.
      if (plan.mode === 'sync') throw refusal;
      return undefined;
    });
    if (!ended && plan.mode === 'async') return undefined;
    while (!ended && !hangUp?.aborted && Date.now() < hardEnd) {
      const expiring = this.store
        .expire(requestID, { queue, lane: plan.lane, env, function: name })
        .catch((error: unknown) => {
          throw storeRefusal(error, { requestID, started: 'unknown' });
        });
      const standing = await before(hardEnd, expiring);
      if (isEnded(standing)) return standing;
      ended = await waiter.wait(LATE_LOOK_MS, hangUp);
    }
    if (ended) return ended;
    throw new Refusal('STORE_UNAVAILABLE', 'How the call ended is not known yet. Ask for its result by requestID.', {
      requestID,
      started: 'unknown',
      retryAfterS: 1,
    });
  }
}

/** Undefined when it is not there by `endsAt` (ms since the epoch): a silent Redis must not keep a caller beyond it. */
async function before<T>(endsAt: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), endsAt - Date.now());
  });
  promise.catch(() => undefined);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The last `count` whole lines. */
function lastLines(text: string, count: number): string {
  const lines = text.split('\n').slice(0, -1);
  if (lines.length > 0 && !lines[0].startsWith('{')) lines.shift();
  return lines
    .slice(-count)
    .map((line) => `${line}\n`)
    .join('');
}

function refusable<T>(look: () => T): T | Refusal {
  try {
    return look();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** What a wait came to. `ended` is missing when the caller is to go on without the end. */
interface Heard {
  requestID: string;
  ended: Ended | undefined;
}

function isEnded(standing: Standing | undefined): standing is Ended {
  return standing?.envelope !== undefined;
}

/** The call's own word goes before its function's. */
function callbackOf(call: Call, spec: FunctionSpec): CallbackWish | undefined {
  return call.callback === undefined ? spec.callback : (call.callback ?? undefined);
}

/** What makes two requests with one key the same request. */
function hashOf(call: Call): string {
  const { function: name, sync, onTimeout, timeoutMs, data, priority, retry, delayMs, runAt, callback } = call;
  // What is not asked for adds nothing: keys that were used before it could be asked for stay good.
  const late = delayMs === undefined && runAt === undefined ? undefined : { delayMs, runAt };
  const told = callback === undefined ? undefined : { callback };
  const more = [priority, retry && { retry }, late, told].filter((wish) => wish !== undefined);
  const what = JSON.stringify([name, sync, onTimeout, timeoutMs ?? null, data, ...more]);
  return createHash('sha256').update(what).digest('base64url');
}

/** The caller's trace goes on in the record, the log and the function; a malformed header is none. */
function continued(traceparent: string | undefined): string | undefined {
  const parent = parseTraceparent(traceparent);
  return parent && makeTraceparent(continueTrace(parent));
}
