/** The story of a call: resolve the function, plan, admit, enqueue, wait. Every step is told in a file of its own. */
import { Refusal } from '@invoq/contract/errors';
import { FUNCTION_NAME, type FunctionSpec } from '@invoq/contract/function';
import type { Quota } from '@invoq/contract/rate';
import type { RegistryCache } from '@invoq/functions/registry-cache';
import { type CallWish, type Plan, planCall } from '@invoq/policy/plan';
import type { InvocationStore } from '@invoq/store/invocation-store';
import { anyPartition, newRequestID } from '@invoq/store/partition';
import type { Standing } from '@invoq/store/standing';
import { storeRefusal } from '@invoq/store/store-fault';
import type { Submission } from '@invoq/store/submission';
import type { Caller } from '../callers/caller';
import type { Acceptance } from './acceptance';
import type { Admission } from './admission';
import type { Answer, Call, HangUp } from './call';
import type { LargeResults } from './large-results';
import type { LogTail } from './log-tail';
import { callbackOf, submissionOf, type SubmissionOptions } from './submission';
import type { Ended, Waiter, Waiters } from './waiters';

/** A sync caller always hears by its deadline and this, ms. */
const HARD_END_MS = 1_000;
/** For bringing a large result after the last moment, ms. */
const MIN_FETCH_MS = 500;
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
    private readonly logTail: LogTail,
    private readonly options: SubmissionOptions,
  ) {}

  /** `hangUp`: the caller went away; the wait ends, the run does not. */
  async invoke(caller: Caller, call: Call, hangUp?: HangUp): Promise<Answer> {
    this.admission.mustBeOpen();
    const spec = await this.resolve(caller.env, call.function);
    const plan = this.plan(caller, call, spec);
    const submission = submissionOf(caller, call, spec, plan, this.options);
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
      logTail: await this.logTail.of(requestID, call),
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
    return submissionOf(caller, call, spec, this.plan(caller, call, spec), this.options);
  }

  private plan({ depth }: Caller, call: Call, spec: FunctionSpec): Plan {
    const wish: CallWish = {
      sync: call.sync,
      onTimeout: call.onTimeout,
      timeoutMs: call.timeoutMs,
      again: call.replay !== undefined,
      depth,
      idempotent: call.idempotencyKey !== undefined,
      callback: callbackOf(call, spec) !== undefined,
      priority: call.priority,
      retry: call.retry,
      delayMs: call.delayMs,
      runAt: call.runAt,
      now: Date.now(),
    };
    return planCall(spec, wish, this.options.limits);
  }

  private async acceptAndWait(submission: Submission, hangUp?: HangUp): Promise<Heard> {
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

  /** A repeated Idempotency-Key: wait for the invocation that the first request made, on whichever API process. */
  private async join(submission: Submission, hangUp?: HangUp): Promise<Heard> {
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
    hangUp?: HangUp,
  ): Promise<Ended | undefined> {
    const hardEnd = Date.now() + plan.waitMs + HARD_END_MS;
    let ended = await waiter.wait(plan.waitMs, hangUp).catch((refusal: unknown) => {
      // A call that may detach is accepted already, whatever Redis does now.
      if (plan.mode === 'sync') throw refusal;
      return undefined;
    });
    if (!ended && plan.mode === 'async') return undefined;
    while (!ended && !hangUp?.isGone && Date.now() < hardEnd) {
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
