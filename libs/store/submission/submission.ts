/** What is handed in to be accepted, as `submit.lua` is given it and as it answers. */
import type { CallbackInput } from '@invoq/contract/callback';
import type { CallNotes } from '@invoq/contract/call-notes';
import type { Plan } from '@invoq/policy/plan';
import {
  callsKey,
  deadExpiryKey,
  deadKey,
  envCallsKey,
  idempotencyKey,
  openKey,
  recordKey,
  recordPrefix,
  ticketsKey,
} from '../keys/keys';
import { partitionOf } from '../keys/partition';
import { laneKeys, limitKeys } from '../keys/lane-ref';
import { servedName } from '../ready-queue/serving';
import { writeCallSpec } from '../record/call-spec';
import { NONE } from '../record/packed-record';
import type { ScriptCalls } from '../scripts/script-calls';

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
  /** The trace that it belongs to: `traceparent`, and `tracestate` after a space. */
  trace?: string;
  /** The channel on which somebody waits for the end; '' when nobody does. */
  replyTo: string;
  /** Where the end is also delivered. */
  callback?: CallbackInput;
  /** What its caller noted on it. */
  notes?: CallNotes;
  listed?: ListedBounds;
  /** As many may wait in the lane. */
  maxQueued: number;
  /** As many may be under way in its partition when a delayed one is added; missing: any number. */
  maxOpen?: number;
  /** In each partition; missing: any number of bytes. */
  quotas?: ByteQuotas;
  idempotency?: { key: string; bodyHash: string; keepMs: number };
  /** It is the replay of another call, of the same partition; its dead letter is taken out in the same step. */
  replay?: { of: string; letter?: string };
}

export type Submitted =
  /** `ticket`: its lane's queue is to be given one, or an idle slot might not come. */
  | { kind: 'new'; ticket: boolean }
  | { kind: 'replay'; requestID: string }
  | { kind: 'conflict'; requestID: string }
  | { kind: 'full'; depth: number }
  /** So many bytes are held, and its data would be too many. */
  | { kind: 'bytes'; of: 'waiting' | 'dead'; held: number }
  /** The dead letter that it was to replay is no longer there. */
  | { kind: 'gone' }
  /** So many of the function's calls run already, and a sync call is not held back. */
  | { kind: 'busy'; running: number };

/** What the calls of one env may hold, bytes; data up to `FREE_BYTES` are bounded by the number of calls alone. */
export interface ByteQuotas {
  /** Data of calls without an end. */
  maxWaiting: number;
  /** Dead letters. */
  maxDead: number;
}

/** Data up to so many bytes are not counted; `quota.lua` has the same. */
export const FREE_BYTES = 4_096;

/** How many calls a list keeps in each partition, and for how long (ms): no shorter than their records. */
export interface ListedBounds {
  max: number;
  keepMs: number;
}

export const LISTED: ListedBounds = { max: 1_000_000, keepMs: 30 * 86_400_000 };

/**
 * A young record is checked after this time: it must be in its queue by then. What may wait for seconds only is looked
 * at thrice in its time, so that there is some left for a call that a dying worker or connection took along.
 */
const FIRST_CHECK_MS = 5_000;

/** `isTicketed`: BullMQ carries its lane; see `tickets.lua`. */
export function submitCall(s: Submission, isTicketed: boolean): ScriptCalls['submit'] {
  const partition = partitionOf(s.requestID);
  const { plan, idempotency, listed = LISTED } = s;
  const { open, queued, ready, turns, functionCalls, envCalls, tickets } = plainKeys(s);
  const { permits, held } = limitKeys(partition, s);
  return {
    keys: {
      record: recordKey(s.requestID),
      open,
      queued,
      ready,
      turns,
      permits,
      held,
      idempotency: idempotency ? idempotencyKey(partition, s.env, idempotency.key) : recordKey(s.requestID),
      functionCalls,
      envCalls,
      dead: deadKey(partition),
      deadExpiry: deadExpiryKey(partition),
      tickets,
    },
    args: {
      id: s.requestID,
      bodyHash: idempotency?.bodyHash,
      idempotencyMs: idempotency?.keepMs ?? 0,
      maxQueued: s.maxQueued,
      expireAfterMs: plan.expireAfterMs,
      firstCheckMs: firstCheckMs(plan),
      maxListed: listed.max,
      listedMs: listed.keepMs,
      functionName: servedName(s.env, s.function),
      priority: plan.priority,
      delayMs: plan.delay?.delayMs ?? 0,
      runAt: plan.delay?.runAt ?? 0,
      maxOpen: s.maxOpen ?? Number.MAX_SAFE_INTEGER,
      letter: s.replay?.letter,
      mode: plan.mode,
      maxRunning: plan.maxRunning,
      isTicketed: isTicketed ? 1 : 0,
      env: s.env,
      dataBytes: countedBytes(s.data),
      maxWaitingBytes: s.quotas?.maxWaiting ?? Number.MAX_SAFE_INTEGER,
      // A replay takes the place of its dead letter.
      maxDeadBytes: plan.deadMs && !s.replay?.letter ? (s.quotas?.maxDead ?? Number.MAX_SAFE_INTEGER) : undefined,
      fields: fieldsOf(s),
    },
  };
}

/** 0: as much as comes for free. */
function countedBytes(data: string): number {
  // A character is three bytes at most, so small data need no counting.
  if (data.length * 3 <= FREE_BYTES) return 0;
  const bytes = Buffer.byteLength(data);
  return bytes > FREE_BYTES ? bytes : 0;
}

function specOf({ function: name, env, queue, depth, plan }: Submission): string {
  const { lane, priority, maxStarts, expireAfterMs: queueAgeMs, retry } = plan;
  return writeCallSpec({ function: name, env, queue, lane, depth, priority, maxStarts, queueAgeMs, retry });
}

/** What the record keeps of it as it is: names and values in turns. */
function fieldsOf(s: Submission): (string | number)[] {
  const { plan, replay, callback, notes } = s;
  const fields = ['terms', specOf(s), 'timeoutMs', plan.timeoutMs, 'retainMs', plan.retainMs];
  fields.push('data', s.data, 'origin', s.origin);
  if (s.replyTo !== '') fields.push('replyTo', s.replyTo);
  if (s.trace !== undefined) fields.push('traceparent', s.trace);
  if (plan.deadMs !== undefined) fields.push('deadMs', plan.deadMs);
  // What most calls have pays for nothing.
  if (plan.keepData !== undefined && plan.keepData !== 'failed') fields.push('keepData', plan.keepData);
  if (replay !== undefined) fields.push('replayOf', replay.of);
  if (notes !== undefined) fields.push('notes', JSON.stringify(notes));
  if (plan.askedMs !== undefined) fields.push('askedMs', plan.askedMs);
  if (callback) fields.push('callbackUrl', callback.url, 'callbackEvents', callback.events.join(' '));
  return fields;
}

/** Does it use nothing that only some calls use? Then it is accepted together with others like it, by `submits.lua`. */
export function isPlain({ plan, idempotency, replay, callback, notes, data }: Submission): boolean {
  if (plan.delay !== undefined || plan.maxRunning !== undefined || idempotency !== undefined) return false;
  // A packed record has its data in one line.
  return !replay && !callback && !notes && countedBytes(data) === 0 && !data.includes('\n');
}

/** By partition, of the plans that many calls of a function share. */
const kinds = new WeakMap<Plan, string[]>();

/** Plain calls of which this says the same differ in nothing but what `Submissions` tells of each. */
export function kindOf(s: Submission, isTicketed: boolean): string {
  const { plan } = s;
  // A frozen plan is shared by the calls of one function, for which all the rest is the same.
  if (!Object.isFrozen(plan)) return kindText(s, isTicketed);
  let known = kinds.get(plan);
  if (known === undefined) kinds.set(plan, (known = []));
  return (known[partitionOf(s.requestID)] ??= kindText(s, isTicketed));
}

function kindText(s: Submission, isTicketed: boolean): string {
  const { plan } = s;
  const { timeoutMs, retainMs, mode, deadMs, askedMs, keepData } = plan;
  const { max, keepMs } = s.listed ?? LISTED;
  const bounds = `${s.maxQueued} ${isTicketed} ${max} ${keepMs}`;
  return `${partitionOf(s.requestID)} ${mode} ${timeoutMs} ${retainMs} ${deadMs} ${askedMs} ${keepData} ${bounds} ${specOf(s)}`;
}

/** Plain calls of one kind, as `submits.lua` is given them: what they have in common is said of the first. */
export function submitsCall(some: Submission[], isTicketed: boolean): ScriptCalls['submits'] {
  const [first] = some;
  const { plan, listed = LISTED } = first;
  return {
    keys: plainKeys(first),
    args: {
      prefix: recordPrefix(partitionOf(first.requestID)),
      functionName: servedName(first.env, first.function),
      priority: plan.priority,
      mode: plan.mode,
      maxQueued: first.maxQueued,
      expireAfterMs: plan.expireAfterMs,
      firstCheckMs: firstCheckMs(plan),
      maxListed: listed.max,
      listedMs: listed.keepMs,
      isTicketed: isTicketed ? 1 : 0,
      terms: specOf(first),
      retainMs: plan.retainMs,
      keepData: plan.keepData ?? NONE,
      timeoutMs: plan.timeoutMs,
      deadMs: plan.deadMs ?? NONE,
      askedMs: plan.askedMs ?? NONE,
      calls: some.map(({ requestID, data, origin, replyTo, trace: traceparent = '' }) => {
        return { id: requestID, data, origin, replyTo, traceparent };
      }),
    },
  };
}

function plainKeys(s: Submission): ScriptCalls['submits']['keys'] {
  const partition = partitionOf(s.requestID);
  const { lane } = s.plan;
  const { queued, ready, turns } = laneKeys(partition, { queue: s.queue, lane });
  return {
    open: openKey(partition),
    queued,
    ready,
    turns,
    functionCalls: callsKey(partition, s.env, s.function),
    envCalls: envCallsKey(partition, s.env),
    tickets: ticketsKey(partition, s.queue, lane),
  };
}

function firstCheckMs({ expireAfterMs }: Plan): number {
  return Math.min(FIRST_CHECK_MS, Math.floor(expireAfterMs / 3));
}

export function readSubmitted(reply: unknown): Submitted {
  const [kind, what, held] = reply as [Submitted['kind'], string | number, number?];
  if (kind === 'bytes') return { kind, of: what as 'waiting' | 'dead', held: Number(held) };
  if (kind === 'gone') return { kind };
  if (kind === 'new') return { kind, ticket: what === 1 };
  if (kind === 'full') return { kind, depth: Number(what) };
  if (kind === 'busy') return { kind, running: Number(what) };
  return { kind, requestID: String(what) };
}
