/** The record protocol: every change to an invocation goes through one of its scripts. */
import type { CallbackWish } from '@invoq/contract/callback';
import { ERRORS } from '@invoq/contract/errors';
import type { Mode, Status } from '@invoq/contract/invocation';
import { codeOf, type Ending, envelopeJson } from '@invoq/contract/outcome';
import type { RetryRule } from '@invoq/contract/retry';
import type { LaneName } from '@invoq/policy/lanes';
import type { Plan } from '@invoq/policy/plan';
import type { Redis } from 'ioredis';
import {
  callsKey,
  deadExpiryKey,
  deadKey,
  envCallsKey,
  idempotencyKey,
  heldKey,
  leaderKey,
  lineKey,
  logsKey,
  openKey,
  outboxKey,
  permitsKey,
  queuedKey,
  recordKey,
  turnsKey,
} from './keys';
import { timeAt } from './clock';
import { attemptEnding } from './kept-attempts';
import { LIVE_FIELDS, LOOK_BYTES, type LiveLook, readLook } from './live-look';
import { partitionOf } from './partition';
import { readRecord, type RecordView, VIEW_FIELDS } from './record';
import { type ScriptedPipeline, type ScriptedRedis, withScripts } from './scripts';
import { type StoredResult, writeStored } from './stored-result';

export interface Submission {
  requestID: string;
  env: string;
  function: string;
  queue: string;
  plan: Plan;
  /** JSON text. */
  data: string;
  /** Where the call came from, JSON text; handed to the function. */
  origin: string;
  depth: number;
  traceparent?: string;
  replyTo: string;
  /** Who else is to be told of the end. */
  callback?: CallbackWish;
  listed?: ListedBounds;
  /** As many may wait in the lane. */
  maxQueued: number;
  /** As many may be under way in its partition when a delayed one is added; missing: any number. */
  maxOpen?: number;
  idempotency?: { key: string; bodyHash: string; keepMs: number };
  /** It is the replay of a dead letter, of the same partition; that is taken out in the same step. */
  replay?: { of: string; letter: string };
}

export type Submitted =
  | { kind: 'new' }
  | { kind: 'replay'; requestID: string }
  | { kind: 'conflict'; requestID: string }
  | { kind: 'full'; depth: number }
  /** The dead letter that it was to replay is no longer there. */
  | { kind: 'gone' }
  /** So many of the function's calls run already, and a sync call is not held back. */
  | { kind: 'busy'; running: number };

export interface Claimed {
  requestID: string;
  attempt: number;
  /** Until the deadline, ms. */
  remainingMs: number;
  /** The limit as it was planned, ms; for a sync call time in the queue is part of it. */
  limitMs: number;
  mode: Mode;
  env: string;
  function: string;
  data: string;
  origin: string;
  depth: number;
  traceparent: string;
  queueMs: number;
  /** When what fails is started again; undefined: never. */
  retry?: RetryRule;
  /** Attempts before this one that a worker took along when it died. */
  losses: number;
  /** Since the call could first run, ms. */
  ageMs: number;
  /** How long the record is kept after its end, ms. */
  retainMs: number;
  /** When it was claimed, by the clock of Redis, ms since the epoch. */
  claimedAt: number;
}

export type Claim = ({ kind: 'claimed' } & Claimed) | { kind: 'busy' | 'late' | 'ended' | 'unknown' };

/** What a run took, as its worker measured it. */
export interface Used {
  /** ms. */
  runMs: number;
  /** Resident memory at its highest, MB; where the system tells. */
  peakRssMb?: number;
}

/** Where an invocation stands. `envelope` is there once it has ended; see `stored-result.ts` for large ones. */
export interface Standing {
  status: Status;
  envelope?: string;
}

/** Which lane's waiting line an invocation is in. */
export interface Place {
  queue: string;
  lane: LaneName;
}

/** And whose calls it is counted with. */
export interface Home extends Place {
  env: string;
  function: string;
}

/** What became of an end that was to be recorded. `next`: a call that was held back, and may come to its line now. */
export type Finished = { recorded: false } | { recorded: true; next?: string };

/**
 * A young record is looked at after this time: it must be in its queue by then. What may wait for seconds only is looked
 * at thrice in its time, so that there is some left for a call that a dying worker or connection took along.
 */
const FIRST_LOOK_MS = 5_000;
const LOOK_AGAIN_MS = 60_000;
/** By how much the looks at what runs stand before those at what waits; see `open.lua`. */
const RUNS_FIRST_MS = 1e15;
/** After a record was taken or queued again, until it is made sure that somebody has it or can have it. */
const REQUEUE_LOOK_MS = 1_500;
/** How long after its deadline a sync call may still be reported by its worker. */
export const REPORT_GRACE_MS = 700;

/** How many calls a list keeps in each partition, and for how long (ms): no shorter than their records. */
export interface ListedBounds {
  max: number;
  keepMs: number;
}

export const LISTED: ListedBounds = { max: 1_000_000, keepMs: 30 * 86_400_000 };

const CANCELLED_IN_QUEUE: Ending = { outcome: 'cancelled', started: false };
const CANCELLED_IN_RUN: Ending = { outcome: 'cancelled', started: true };
const EXPIRED: Ending = { outcome: 'expired' };
const LOST: Ending & { outcome: 'lost' } = { outcome: 'lost', message: ERRORS.WORKER_LOST.meaning };

export class InvocationStore {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** Accepts an invocation, or says why not. Written to the socket before this returns its promise. */
  async submit(s: Submission): Promise<Submitted> {
    return readSubmitted(await this.redis.invoqSubmit(...this.submitArgs(s)));
  }

  /** Many, in a pipeline for each partition: each is accepted or not by itself, whatever becomes of the others. */
  async submitAll(submissions: Submission[]): Promise<PromiseSettledResult<Submitted>[]> {
    const verdicts = new Map<Submission, PromiseSettledResult<Submitted>>();
    await Promise.all([...byPartition(submissions)].map((of) => this.submitTogether(of, verdicts)));
    return submissions.map((submission) => verdicts.get(submission)!);
  }

  /** Those of one partition: they are on one node, whatever Redis is made of. */
  private async submitTogether(
    submissions: Submission[],
    verdicts: Map<Submission, PromiseSettledResult<Submitted>>,
  ): Promise<void> {
    const pipeline = this.redis.pipeline() as ScriptedPipeline;
    for (const submission of submissions) pipeline.invoqSubmit(...this.submitArgs(submission));
    const replies = await pipeline.exec().catch((fault: Error) => submissions.map(() => [fault, undefined] as const));
    submissions.forEach((submission, i) => {
      const [fault, reply] = replies?.[i] ?? [new Error('Redis gave no answer'), undefined];
      const verdict = (): PromiseSettledResult<Submitted> => ({ status: 'fulfilled', value: readSubmitted(reply) });
      verdicts.set(submission, fault ? { status: 'rejected', reason: fault } : verdict());
    });
  }

  private submitArgs(s: Submission): (string | number)[] {
    const partition = partitionOf(s.requestID);
    const { plan, idempotency, listed = LISTED } = s;
    const fields = {
      function: s.function,
      env: s.env,
      queue: s.queue,
      lane: plan.lane,
      timeoutMs: plan.timeoutMs,
      maxStarts: plan.maxStarts,
      retainMs: plan.retainMs,
      queueAgeMs: plan.expireAfterMs,
      ...(plan.deadMs === undefined ? {} : { deadMs: plan.deadMs }),
      ...(s.replay === undefined ? {} : { replayOf: s.replay.of }),
      ...(plan.retry === undefined ? {} : { retry: JSON.stringify(plan.retry) }),
      depth: s.depth,
      data: s.data,
      origin: s.origin,
      ...(s.traceparent === undefined ? {} : { traceparent: s.traceparent }),
      ...(s.callback ? { callbackUrl: s.callback.url, callbackEvents: s.callback.events.join(' ') } : {}),
    };
    return [
      recordKey(s.requestID),
      openKey(partition),
      ...laneKeys(partition, { queue: s.queue, lane: plan.lane }),
      ...limitKeys(partition, s),
      idempotency ? idempotencyKey(partition, s.env, idempotency.key) : recordKey(s.requestID),
      callsKey(partition, s.env, s.function),
      envCallsKey(partition, s.env),
      deadKey(partition),
      deadExpiryKey(partition),
      s.requestID,
      idempotency?.bodyHash ?? '',
      idempotency?.keepMs ?? 0,
      s.maxQueued,
      plan.expireAfterMs,
      Math.min(FIRST_LOOK_MS, Math.floor(plan.expireAfterMs / 3)),
      s.replyTo,
      listed.max,
      listed.keepMs,
      `${s.env}:${s.function}:${plan.priority}`,
      plan.priority,
      plan.delay?.delayMs ?? 0,
      plan.delay?.runAt ?? 0,
      s.maxOpen ?? Number.MAX_SAFE_INTEGER,
      s.replay?.letter ?? '',
      plan.mode,
      plan.maxRunning ?? '',
      ...Object.entries(fields).flat(),
    ];
  }

  /** Takes whoever is next in a lane's line, to be claimed at once; undefined when nobody waits. */
  async take(partition: number, { queue, lane }: Place): Promise<string | undefined> {
    const keys = [lineKey(partition, queue, lane), openKey(partition)];
    return ((await this.redis.invoqTake(...keys, REQUEUE_LOOK_MS)) as string) || undefined;
  }

  async claim(requestID: string, place: Place, worker: string, leaseMs: number, tokenHash: string): Promise<Claim> {
    const partition = partitionOf(requestID);
    const reply = (await this.redis.invoqClaim(
      recordKey(requestID),
      openKey(partition),
      ...laneKeys(partition, place),
      requestID,
      worker,
      leaseMs,
      tokenHash,
    )) as [Claim['kind'], ...(string | number)[]];
    const [kind, attempt, remainingMs, mode, env, name, data, origin, depth, traceparent, queueMs, limitMs] = reply;
    const [retry, losses, ageMs, retainMs, claimedAt] = reply.slice(-5);
    if (kind !== 'claimed') return { kind };
    return {
      kind,
      requestID,
      attempt: Number(attempt),
      remainingMs: Number(remainingMs),
      limitMs: Number(limitMs),
      mode: mode as Mode,
      env: String(env),
      function: String(name),
      data: String(data),
      origin: String(origin),
      depth: Number(depth),
      traceparent: String(traceparent),
      queueMs: Number(queueMs),
      retry: retry === '' ? undefined : (JSON.parse(String(retry)) as RetryRule),
      losses: Number(losses),
      ageMs: Number(ageMs),
      retainMs: Number(retainMs),
      claimedAt: Number(claimedAt),
    };
  }

  /** `lost`: the attempt is no longer this worker's and must stop at once. `cancel`: its caller asked for its end. */
  async renew(requestID: string, attempt: number, leaseMs: number): Promise<'kept' | 'cancel' | 'lost'> {
    const keys = [recordKey(requestID), openKey(partitionOf(requestID))];
    return (await this.redis.invoqRenew(...keys, requestID, attempt, leaseMs)) as 'kept' | 'cancel' | 'lost';
  }

  /** Gives up a running attempt, so that it need not wait for its lease to die. */
  async release(requestID: string, attempt: number): Promise<void> {
    await this.redis.invoqRelease(recordKey(requestID), openKey(partitionOf(requestID)), requestID, attempt);
  }

  /** `progress`: JSON text. */
  async progress(requestID: string, attempt: number, progress: string): Promise<boolean> {
    return (await this.redis.invoqProgress(recordKey(requestID), requestID, attempt, progress)) === 1;
  }

  /** Keeps lines (ndjson) of a running attempt; `before`: bytes that it has told already. False: fenced. */
  async tell(requestID: string, attempt: number, before: number, lines: string): Promise<boolean> {
    return (
      (await this.redis.invoqTell(recordKey(requestID), logsKey(requestID), requestID, attempt, before, lines)) === 1
    );
  }

  /**
   * Not recorded: fenced, somebody else ended it or runs it. `logs`: ndjson; `used`: what the run took; `stored`: where the result is,
   * when it is too large for the record.
   */
  async finish(
    requestID: string,
    home: Home,
    attempt: number,
    ending: Ending,
    logs: string,
    used?: Used,
    stored?: StoredResult,
  ): Promise<Finished> {
    const recorded = stored ? writeStored(stored) : envelopeJson(requestID, ending);
    const reply = await this.redis.invoqFinish(
      ...this.keysOf(requestID, home),
      logsKey(requestID),
      requestID,
      attempt,
      ending.outcome,
      codeOf(ending),
      recorded,
      logs,
      used === undefined ? '' : JSON.stringify(used),
    );
    const [ok, next] = reply as [number, string?];
    return ok === 1 ? { recorded: true, next: next || undefined } : { recorded: false };
  }

  /**
   * Has a failed attempt followed by another one in `afterMs`. `end`: its caller asked for its end meanwhile, so finish it;
   * `lost`: fenced.
   */
  async retry(
    requestID: string,
    home: Home,
    attempt: number,
    afterMs: number,
    ending: Exclude<Ending, { outcome: 'succeeded' }>,
    logs: string,
    used?: Used,
  ): Promise<'retrying' | 'end' | 'lost'> {
    const partition = partitionOf(requestID);
    return (await this.redis.invoqRetry(
      recordKey(requestID),
      openKey(partition),
      logsKey(requestID),
      ...limitKeys(partition, home),
      requestID,
      attempt,
      afterMs,
      ending.outcome,
      codeOf(ending),
      envelopeJson(requestID, ending),
      attemptEnding(ending),
      logs,
      JSON.stringify(used ?? { runMs: 0 }),
    )) as 'retrying' | 'end' | 'lost';
  }

  /** Ends a call whose time is over for its caller, if nothing else has; says how it stands now. */
  async expire(requestID: string, home: Home): Promise<Standing | undefined> {
    return standing(
      await this.redis.invoqExpire(
        ...this.keysOf(requestID, home),
        requestID,
        codeOf(EXPIRED),
        envelopeJson(requestID, EXPIRED),
        codeOf(LOST),
        envelopeJson(requestID, LOST),
        REPORT_GRACE_MS,
      ),
    );
  }

  /** What waits never runs; what runs is told to stop. The status after that; undefined: no such record. */
  async cancel(requestID: string, home: Home): Promise<Status | undefined> {
    const [never, started] = [CANCELLED_IN_QUEUE, CANCELLED_IN_RUN].map((ending) => envelopeJson(requestID, ending));
    const keys = this.keysOf(requestID, home);
    const status = await this.redis.invoqCancel(...keys, requestID, codeOf(CANCELLED_IN_QUEUE), never, started);
    return (status as Status | '') || undefined;
  }

  /** Has `channel` told of the end too; `live`: of whatever is new. Undefined: no such record. */
  async watch(requestID: string, channel: string, live = false): Promise<Standing | undefined> {
    return standing(await this.redis.invoqWatch(recordKey(requestID), channel, live ? 1 : 0));
  }

  async standing(requestID: string): Promise<Standing | undefined> {
    return standing(await this.redis.hmget(recordKey(requestID), 'status', 'envelope'));
  }

  async read(requestID: string): Promise<RecordView | undefined> {
    const key = recordKey(requestID);
    const [values, now] = await Promise.all([this.redis.hmget(key, ...VIEW_FIELDS), timeAt(this.redis, key)]);
    return values[VIEW_FIELDS.indexOf('status')] === null ? undefined : readRecord(requestID, values, now);
  }

  /** What the last run took; undefined while nothing is known. */
  async used(requestID: string): Promise<Used | undefined> {
    const text = await this.redis.hget(recordKey(requestID), 'used');
    return text === null ? undefined : (JSON.parse(text) as Used);
  }

  /** What is new of a record since a watcher's last look; undefined: no such record. */
  async look(requestID: string, logFrom: number, maxBytes = LOOK_BYTES): Promise<LiveLook | undefined> {
    const [values, log, bytes] = await Promise.all([
      this.redis.hmget(recordKey(requestID), ...LIVE_FIELDS),
      this.redis.getrangeBuffer(logsKey(requestID), logFrom, logFrom + maxBytes - 1),
      this.redis.strlen(logsKey(requestID)),
    ]);
    const look = readLook(requestID, values, { from: logFrom, read: log, bytes });
    const isCut = look?.lines.length === 0 && log.length === maxBytes;
    return isCut ? this.look(requestID, logFrom, maxBytes * 8) : look;
  }

  /** The last lines that were printed, of `maxBytes` at most; the first one may lack its beginning. */
  async logTail(requestID: string, maxBytes: number): Promise<string> {
    return this.redis.getrange(logsKey(requestID), -maxBytes, -1);
  }

  /** Log lines as ndjson; '' when there are none (yet). */
  async logs(requestID: string): Promise<string> {
    return (await this.redis.get(logsKey(requestID))) ?? '';
  }

  /** Who is running and holds this token? A function calls with its own invocation's token. */
  async tokenHolder(requestID: string): Promise<{ tokenHash: string; env: string; depth: number } | undefined> {
    const [status, tokenHash, env, depth] = await this.redis.hmget(
      recordKey(requestID),
      'status',
      'tokenHash',
      'env',
      'depth',
    );
    if (status !== 'running' || !tokenHash || !env) return undefined;
    return { tokenHash, env, depth: Number(depth) };
  }

  /** How many wait in a lane, and how long the first of them has waited (ms). */
  async depth(partition: number, place: Place): Promise<{ depth: number; oldestMs: number }> {
    const key = queuedKey(partition, place.queue, place.lane);
    const [depth, oldest, now] = await Promise.all([
      this.redis.zcard(key),
      this.redis.zrange(key, 0, '0', 'WITHSCORES'),
      timeAt(this.redis, key),
    ]);
    const oldestMs = oldest[1] === undefined ? 0 : now - Number(oldest[1]);
    return { depth, oldestMs: Math.max(0, oldestMs) };
  }

  /** Open invocations whose time for a look has come, `limit` at most of those that run and of those that wait. */
  async due(partition: number, limit: number): Promise<string[]> {
    const open = openKey(partition);
    const now = await timeAt(this.redis, open);
    const [running, waiting] = await Promise.all([
      this.redis.zrangebyscore(open, '-inf', now - RUNS_FIRST_MS, 'LIMIT', 0, limit),
      this.redis.zrangebyscore(open, 0, now, 'LIMIT', 0, limit),
    ]);
    return [...running, ...waiting];
  }

  /** Where it waits or waited, and how often it was started. */
  async homeOf(requestID: string): Promise<(Home & { attempt: number }) | undefined> {
    const record = await this.redis.hmget(recordKey(requestID), 'queue', 'lane', 'env', 'function', 'attempt');
    const [queue, lane, env, name, attempt] = record;
    if (!queue || !lane || !env || !name) return undefined;
    return { queue, lane: lane as LaneName, env, function: name, attempt: Number(attempt) };
  }

  /** How many calls of a function with a limit run or stand in a line. */
  async running(partition: number, env: string, name: string): Promise<number> {
    return this.redis.scard(permitsKey(partition, env, name));
  }

  /** One look of the sweeper; see `sweep.lua` for the answers. */
  async sweep(requestID: string, home: Home): Promise<'gone' | 'ended' | 'later' | 'enqueue'> {
    return (await this.redis.invoqSweep(
      ...this.keysOf(requestID, home),
      requestID,
      LOOK_AGAIN_MS,
      REQUEUE_LOOK_MS,
      codeOf(EXPIRED),
      envelopeJson(requestID, EXPIRED),
      codeOf(LOST),
      envelopeJson(requestID, LOST),
      codeOf(CANCELLED_IN_RUN),
      envelopeJson(requestID, CANCELLED_IN_RUN),
      attemptEnding(LOST),
    )) as 'gone' | 'ended' | 'later' | 'enqueue';
  }

  /** Does `who` lead the sweeping of a partition for the next `ms`? */
  async lead(partition: number, who: string, ms: number): Promise<boolean> {
    return (await this.redis.invoqLead(leaderKey(partition), who, ms)) === 1;
  }

  /** What every script that may end an invocation is given first. */
  private keysOf(requestID: string, home: Home): string[] {
    const partition = partitionOf(requestID);
    return [
      recordKey(requestID),
      openKey(partition),
      outboxKey(partition),
      ...laneKeys(partition, home),
      deadKey(partition),
      deadExpiryKey(partition),
      ...limitKeys(partition, home),
    ];
  }
}

function byPartition(submissions: Submission[]): Iterable<Submission[]> {
  const partitions = new Map<number, Submission[]>();
  for (const submission of submissions) {
    const partition = partitionOf(submission.requestID);
    const others = partitions.get(partition);
    if (others) others.push(submission);
    else partitions.set(partition, [submission]);
  }
  return partitions.values();
}

function readSubmitted(reply: unknown): Submitted {
  const [kind, what] = reply as [Submitted['kind'], string | number];
  if (kind === 'new' || kind === 'gone') return { kind };
  if (kind === 'full') return { kind, depth: Number(what) };
  if (kind === 'busy') return { kind, running: Number(what) };
  return { kind, requestID: String(what) };
}

/** A function's limit, as `limit.lua` has it. */
function limitKeys(partition: number, { queue, env, function: name }: Omit<Home, 'lane'>): string[] {
  return [permitsKey(partition, env, name), heldKey(partition, queue, env, name)];
}

/** A lane, as `line.lua` has it. */
function laneKeys(partition: number, { queue, lane }: Place): string[] {
  return [queuedKey, lineKey, turnsKey].map((key) => key(partition, queue, lane));
}

function standing(reply: unknown): Standing | undefined {
  const [status, envelope] = reply as [Status | '' | null, string | null];
  return status ? { status, envelope: envelope || undefined } : undefined;
}
