/** The story of a call: resolve the function, plan, admit, enqueue, wait. Each step has a file of its own. */
import { invalid, Refusal } from '@invoq/contract/refusal';
import { FUNCTION_NAME, type FunctionSpec, type KnownFunction } from '@invoq/contract/function';
import type { Quota } from '@invoq/contract/rate';
import type { RegistryCache } from '@invoq/functions/registry-cache';
import { type CallInput, type Plan, planCall } from '@invoq/policy/plan';
import { anyPartition, newRequestID } from '@invoq/store/keys/partition';
import { storeRefusal } from '@invoq/store/connection/store-error';
import { readStored } from '@invoq/store/record/stored-result';
import type { Submission } from '@invoq/store/submission/submission';
import type { Caller } from '../auth/caller';
import type { Pauses } from '../operations/pauses';
import type { Served } from '../fleet/served';
import type { Acceptance } from './acceptance';
import type { Admission } from './admission';
import type { Answer, Call, HangUp } from './call';
import { HARD_END_MS, type SyncWait } from './sync-wait';
import type { LargeResults } from './large-results';
import type { LogTail } from './log-tail';
import { callbackOf, submissionOf, type SubmissionOptions } from './submission';
import { UsualPlans } from './usual-plans';

/** For bringing a large result after the last moment, ms. */
const MIN_FETCH_MS = 500;

export class Invocations {
  private readonly usual = new UsualPlans();

  constructor(
    private readonly functions: RegistryCache,
    private readonly admission: Admission,
    private readonly acceptance: Acceptance,
    private readonly syncWait: SyncWait,
    private readonly large: LargeResults,
    private readonly logTail: LogTail,
    private readonly served: Served,
    private readonly pauses: Pick<Pauses, 'mustRun'>,
    private readonly options: SubmissionOptions,
  ) {}

  /** `hangUp`: the caller went away; the wait ends, the run does not. */
  async invoke(caller: Caller, call: Call, hangUp?: HangUp): Promise<Answer> {
    this.admission.mustBeOpen();
    // Most calls are of a known function, come under no rate and have a small result: each of these waits is for the others.
    const spec = this.functions.fresh(caller.env, call.function) ?? (await this.resolve(caller.env, call.function));
    const plan = this.plan(caller, call, spec);
    if (plan.mode === 'sync') {
      this.pauses.mustRun(caller, spec, call.requestID);
      const served = this.served.mustBeServed(spec, call.requestID);
      if (served) await served;
    }
    const { unservedSince } = spec;
    const admitted = this.admission.admit(caller, spec);
    const quotas = admitted instanceof Promise ? await admitted : admitted;
    const submission = submissionOf(caller, call, spec, plan, this.options);
    if (plan.waitMs === 0) {
      const requestID = await this.acceptance.accept(submission);
      // What an Idempotency-Key was used for before may be anywhere on its way.
      const status = requestID === submission.requestID ? 'queued' : await this.syncWait.statusOf(requestID);
      return { kind: 'accepted', requestID, status, quotas, unservedSince };
    }
    const hearBy = Date.now() + plan.waitMs + HARD_END_MS;
    const { requestID, ended, status } = await this.syncWait.acceptAndWait(caller.holder, submission, hangUp);
    if (!ended) return { kind: 'accepted', requestID, status, quotas, unservedSince };
    const answer: Answer = { kind: 'ended', requestID, status: ended.status, envelope: ended.envelope, quotas };
    if (readStored(ended.envelope) !== undefined) {
      const limitMs = Math.max(MIN_FETCH_MS, hearBy - Date.now());
      Object.assign(answer, await this.large.whole(caller.holder, requestID, ended.envelope, call.large, limitMs));
    }
    if (call.logTail !== undefined) answer.logTail = await this.logTail.of(requestID, call.logTail);
    return answer;
  }

  /**
   * Many async calls of one function: each is accepted or refused by itself, in the order they came. Refuses as a whole
   * what concerns them all: no such function, no Redis, a process that is going.
   */
  async submitAll(caller: Caller, name: string, calls: Call[]): Promise<(Answer | Refusal)[]> {
    this.admission.mustBeOpen();
    const spec = await this.resolve(caller.env, name);
    const { unservedSince } = spec;
    const validated = calls.map((call) => refusable(() => this.validated(caller, call, spec)));
    const submissions = validated.filter((one): one is Submission => !(one instanceof Refusal));
    const { accepted, quotas } = await this.acceptThrough(caller, spec, submissions);
    const verdicts = accepted.values();
    return validated.map((one) => {
      const verdict = one instanceof Refusal ? one : verdicts.next().value!;
      return verdict instanceof Refusal
        ? verdict
        : { kind: 'accepted', requestID: verdict, status: 'queued', quotas, unservedSince };
    });
  }

  /** What can be refused of a call by its caller and its function alone. */
  async mustTake(caller: Caller, name: string): Promise<void> {
    this.admission.mustBeOpen();
    await this.resolve(caller.env, name);
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

  private validated(caller: Caller, call: Call, spec: FunctionSpec): Submission {
    return submissionOf(caller, call, spec, this.plan(caller, call, spec), this.options);
  }

  private plan({ depth }: Caller, call: Call, spec: FunctionSpec): Plan {
    return this.usual.of(spec, depth, call, () => this.planOf(depth, call, spec));
  }

  private planOf(depth: number, call: Call, spec: FunctionSpec): Plan {
    const input: CallInput = {
      sync: call.sync,
      onTimeout: call.onTimeout,
      timeoutMs: call.timeoutMs,
      waitMs: call.waitMs,
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
    return planCall(spec, input, this.options.limits);
  }

  private async resolve(env: string, name: string): Promise<KnownFunction> {
    if (!FUNCTION_NAME.test(name)) {
      const rule = 'must be a letter, then at most 59 letters, digits, "_" or "-"';
      throw invalid('name', rule);
    }
    const spec = await this.functions.find(env, name).catch((error: unknown) => {
      throw storeRefusal(error);
    });
    if (!spec) throw new Refusal('FUNCTION_NOT_FOUND', `No function "${name}" in env "${env}".`);
    return spec;
  }
}

function refusable<T>(check: () => T): T | Refusal {
  try {
    return check();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
