/** The client: calls functions, and asks what became of them. */
import type { CallbackTestResult, Deliveries, FailingCallbacks } from '@invoq/contract/callback';
import type { Invocation, InvocationPage, Status } from '@invoq/contract/invocation';
import type { Lookup } from '@invoq/contract/lookup';
import type { Stats } from '@invoq/contract/operations/stats';
import type { Summary } from '@invoq/contract/operations/summary';
import { type Answered, answerOf, type BlobLink } from './answers';
import { Batches } from './batches';
import type {
  InvokeOptions,
  ListOptions,
  ReadOptions,
  ResultOptions,
  SubmitAllOptions,
  SubmitOptions,
} from './call-options';
import { Calls } from './calls';
import type { ClientOptions } from './client-options';
import { DeadLetters } from './dead-letters';
import { InvoqError } from './errors';
import { follow, type FollowOptions, type LiveEvent } from './follow';
import { CDN, type LargeField, type LargeValue } from './large-field';
import { listQuery } from './listing';
import { type LogLine, readLogLines } from './log-lines';
import { Audit } from './operations/audit';
import { Functions } from './operations/functions';
import { Invocations } from './operations/invocations';
import { queryOf } from './operations/operate';
import { Queues } from './operations/queues';
import { stats, type StatsOptions } from './operations/stats';
import { Workers } from './operations/workers';
import { pause } from './pause';
import { type JobResult, results } from './results';
import { Schedules } from './schedules';
import { Submission } from './submission';
import { Wire } from './wire';

/** The longest that one request asks to be held, ms; the API may hold it for less. */
const HOLD_MS = 20_000;
/** Between two questions, when an API holds none, ms. */
const POLL_MS = 1_000;

export function createClient(options: ClientOptions): InvoqClient {
  return new InvoqClient(options);
}

export class InvoqClient {
  /** Calls that are made again and again, by cron. */
  readonly schedules: Schedules;
  /** What waits and runs in each queue; pause, resume, purge. */
  readonly queues: Queues;
  /** The living workers; drain, resume. */
  readonly workers: Workers;
  /** The functions of the env; pause, resume, forget. */
  readonly functions: Functions;
  /** Replay of one call; cancel or replay of many. */
  readonly invocations: Invocations;
  /** What operators changed. */
  readonly audit: Audit;
  private readonly wire: Wire;
  private readonly calls: Calls;
  private readonly batches: Batches;

  constructor(options: ClientOptions) {
    this.wire = new Wire(options);
    this.calls = new Calls(this.wire);
    this.schedules = new Schedules(this.wire);
    this.queues = new Queues(this.wire);
    this.workers = new Workers(this.wire);
    this.functions = new Functions(this.wire);
    this.invocations = new Invocations(this.wire);
    this.audit = new Audit(this.wire);
    this.batches = new Batches(this.wire, this.calls);
  }

  /** Calls a function and waits: resolves its result, rejects with a `FunctionError` or an `InvoqError`. */
  async invoke<T = unknown>(name: string, data?: unknown, options: InvokeOptions = {}): Promise<T> {
    return (await this.calls.call(name, data, true, options)).data as T;
  }

  /** Hands a call over: resolves as soon as it is accepted. It may run for minutes, and ends exactly once. */
  async submit<T = unknown>(name: string, data?: unknown, options: SubmitOptions = {}): Promise<Submission<T>> {
    const { requestID, data: answer } = await this.calls.call(name, data, false, options);
    return new Submission<T>(this, requestID, (answer as { status: Status }).status, options.env);
  }

  /**
   * Hands many calls of one function over in few requests: a `Submission` for each, or the error that it was refused
   * with, in the order of `list`.
   */
  async submitAll<T = unknown>(
    name: string,
    list: readonly unknown[],
    options: SubmitAllOptions = {},
  ): Promise<(Submission<T> | InvoqError)[]> {
    const handed = await this.batches.submitAll(name, list, options);
    return handed.map((one) =>
      one instanceof InvoqError ? one : new Submission<T>(this, one.requestID, one.status, options.env),
    );
  }

  /** The result of a call, by its requestID, as `invoke` would give it. Rejects with STILL_PENDING after `wait`. */
  async result<T = unknown>(requestID: string, options: ResultOptions = {}): Promise<T> {
    return (await this.ended(requestID, options)).data as T;
  }

  /**
   * The results of many calls, each as it comes: `for await (const { requestID, ok, data } of client.results(ids))`. One
   * long poll asks for up to 1,000 of them. Ends when all have ended; throws STILL_PENDING after `wait`.
   */
  results<T = unknown>(
    requestIDs: Iterable<string>,
    options: ResultOptions = {},
  ): AsyncGenerator<JobResult<T>, void, undefined> {
    return results<T>(this.wire, requestIDs, options, (requestID, read) => this.result(requestID, read));
  }

  /** How many invocations stand, in one request: up to 1,000. Those that are not there are named in `unknown`. */
  async lookup(requestIDs: readonly string[], options: ReadOptions = {}): Promise<Lookup> {
    const body = JSON.stringify({ requestIDs });
    const response = await this.wire.read('/v1/invocations/lookup', options, { method: 'POST', body });
    return answerOf(response).data as Lookup;
  }

  /** Where the result of a call is, when it is large; undefined for one that `result` gives as fast. */
  async resultLink(requestID: string, options: ResultOptions = {}): Promise<BlobLink | undefined> {
    const { data, linked } = await this.ended(requestID, options, { prefer: 'result=url' });
    return linked ? (data as BlobLink) : undefined;
  }

  /** How an invocation stands. `data`: with what it was called with, while that is kept. */
  async get(requestID: string, { data, ...options }: ReadOptions & { data?: boolean } = {}): Promise<Invocation> {
    const path = `${pathOf(requestID)}${queryOf({ include: data ? 'data' : undefined })}`;
    return answerOf(await this.wire.read(path, options)).data as Invocation;
  }

  /** The calls of the env, newest first, a page of them. */
  async list(options: ListOptions = {}): Promise<InvocationPage> {
    return answerOf(await this.wire.read(`/v1/invocations${listQuery(options)}`, options)).data as InvocationPage;
  }

  /** All of them, one after another, as they are read: `for await (const invocation of client.find({ … }))`. */
  async *find(options: Omit<ListOptions, 'cursor'> = {}): AsyncGenerator<Invocation, void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await this.list({ ...options, cursor });
      yield* page.invocations;
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
  }

  /**
   * What happens to an invocation, as it happens, to its end: `for await (const event of client.follow(requestID))`. A
   * connection that is lost is made again, and goes on where it was.
   */
  follow(requestID: string, options: FollowOptions = {}): AsyncGenerator<LiveEvent, void, undefined> {
    return follow(this.wire, `${pathOf(requestID)}/events`, options);
  }

  /** What the function printed, so far. */
  async logs(requestID: string, options: ReadOptions = {}): Promise<LogLine[]> {
    const response = await this.wire.read(`${pathOf(requestID)}/logs`, options);
    // Refusals come as envelopes, on this route too.
    if (response.status !== 200) answerOf(response);
    return readLogLines(response.text);
  }

  /** Cancels: what waits never runs, what runs is asked to stop. Resolves with its status then. */
  async cancel(requestID: string, options: ReadOptions = {}): Promise<Status> {
    try {
      // However often it is asked, it is cancelled once: this may be repeated like a read.
      const response = await this.wire.read(`${pathOf(requestID)}/cancel`, options, { method: 'POST' });
      return (answerOf(response).data as { status: Status }).status;
    } catch (error) {
      if (!(error instanceof InvoqError) || error.type !== 'ROUTE_NOT_FOUND') throw error;
      const message = 'This Invoq cannot cancel invocations: it is of a version before POST …/cancel.';
      throw new InvoqError({ ...error, message, cause: error });
    }
  }

  /** Whether the call's callback was delivered, and what came of each try. */
  async deliveries(requestID: string, options: ReadOptions = {}): Promise<Deliveries> {
    return answerOf(await this.wire.read(`${pathOf(requestID)}/deliveries`, options)).data as Deliveries;
  }

  /** Delivers the call's callback once more. Rejects with NOTHING_TO_DELIVER when there is none, or no end yet. */
  async resend(requestID: string, options: ReadOptions = {}): Promise<Deliveries> {
    // Asked for twice, it may arrive twice with the same webhook-id: receivers are used to that.
    const path = `${pathOf(requestID)}/deliveries/resend`;
    return answerOf(await this.wire.read(path, options, { method: 'POST' })).data as Deliveries;
  }

  /** Dead letters of the env, and how full Redis is. */
  async summary(options: ReadOptions = {}): Promise<Summary> {
    return answerOf(await this.wire.read('/v1/summary', options)).data as Summary;
  }

  /** The callbacks that failed and are not delivered since, the newest failure first. */
  async failingCallbacks({
    limit,
    cursor,
    ...options
  }: ReadOptions & { limit?: number; cursor?: string } = {}): Promise<FailingCallbacks> {
    const path = `/v1/callbacks/failing${queryOf({ limit, cursor })}`;
    return answerOf(await this.wire.read(path, options)).data as FailingCallbacks;
  }

  /** Sends a signed sample to a receiver of callbacks, once, and tells what came back. */
  async testCallback(url: string, options: ReadOptions = {}): Promise<CallbackTestResult> {
    const body = JSON.stringify({ url });
    return answerOf(await this.wire.read('/v1/callbacks/test', options, { method: 'POST', body }))
      .data as CallbackTestResult;
  }

  /** The async calls of a function that failed for good. */
  deadLetters(name: string): DeadLetters {
    return new DeadLetters(this.wire, name);
  }

  /** How many calls ended, how, and how long they waited and ran: by minutes or hours, for a week. */
  stats(options: StatsOptions = {}): Promise<Stats> {
    return stats(this.wire, options);
  }

  /** Keeps a large field, and answers its address: for calls whose data are made elsewhere, or sent more than once. */
  upload(value: LargeValue | LargeField, options: ReadOptions = {}): Promise<BlobLink> {
    return this.calls.upload(CDN(value), options);
  }

  private async ended(
    requestID: string,
    { wait = Infinity, signal, env }: ResultOptions,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const until = Date.now() + wait;
    for (;;) {
      const asked = Date.now();
      const holdMs = Math.max(0, Math.min(HOLD_MS, until - asked));
      const path = `${pathOf(requestID)}/result?wait=${Math.ceil(holdMs / 1_000)}`;
      const limitMs = holdMs + this.wire.requestTimeoutMs;
      const answer = answerOf(await this.wire.read(path, { signal, env }, { headers, limitMs }));
      if (!answer.pending) return answer;
      const now = Date.now();
      if (now >= until) {
        const message = `Invocation ${requestID} has not ended yet.`;
        throw new InvoqError({ type: 'STILL_PENDING', message, requestID, retryable: true, started: 'unknown' });
      }
      if (now - asked < Math.min(POLL_MS, holdMs)) await pause(Math.min(POLL_MS, until - now), signal);
    }
  }
}

function pathOf(requestID: string): string {
  return `/v1/invocations/${encodeURIComponent(requestID)}`;
}
