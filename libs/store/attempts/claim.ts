/** What a worker learns of an invocation when it takes it. */
import type { Mode } from '@invoq/contract/invocation';
import type { RetryRule } from '@invoq/contract/retry';
import { readCallSpec } from '../record/call-spec';
import { readRunning, type PackedRun } from '../record/packed-run';

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
  /** See `Submission`; '' when there is none. */
  trace: string;
  queueMs: number;
  /** When what fails is started again; undefined: never. */
  retry?: RetryRule;
  /** Attempts before this one that a worker took along when it died. */
  losses: number;
  /** Since the call could first run, ms. */
  ageMs: number;
  /** How long the record is kept after its end, ms. */
  retainMs: number;
  /** When it was taken, by the clock of Redis, ms since the epoch. */
  claimedAt: number;
}

/** Who starts attempts: a worker, for how long it holds one without a word (ms), and the hash of the attempt's token. */
export interface ClaimRequest {
  worker: string;
  leaseMs: number;
  tokenHash: string;
}

/** `start.lua` answers so: of a hash its fields, of a packed record its text, the line of its run, and `now` where it is known. */
export type ClaimReply =
  ['claimed', ...(string | number)[]] | ['packed', requestID: string, text: string, run: string, now?: number];

/** @throws SyntaxError of a text that no release has written. */
export function readClaim(reply: ClaimReply): Claimed {
  if (reply[0] === 'packed') {
    const [, requestID, text, run, now] = reply;
    return claimOf(requestID, readRunning(text + run), now);
  }
  const [, requestID, attempt, remainingMs, mode, terms, data, origin] = reply;
  const [queueMs, limitMs, losses, ageMs, retainMs, claimedAt, trace = ''] = reply.slice(8);
  const { env, function: name, depth, retry } = readCallSpec(String(terms));
  return {
    requestID: String(requestID),
    attempt: Number(attempt),
    remainingMs: Number(remainingMs),
    limitMs: Number(limitMs),
    mode: mode as Mode,
    env,
    function: name,
    data: String(data),
    origin: String(origin),
    depth,
    trace: String(trace),
    queueMs: Number(queueMs),
    retry,
    losses: Number(losses),
    ageMs: Number(ageMs),
    retainMs: Number(retainMs),
    claimedAt: Number(claimedAt),
  };
}

/** Of a packed record that runs. `now`: of the clock of Redis, ms since the epoch, when it was started before. */
export function claimOf(requestID: string, packed: PackedRun, now = packed.startedAt): Claimed {
  const { env, function: name, depth, retry } = readCallSpec(packed.terms);
  const waitedMs = now - packed.queuedAt;
  return {
    requestID,
    attempt: 1,
    remainingMs: packed.deadline - now,
    limitMs: packed.timeoutMs,
    mode: packed.mode as Mode,
    env,
    function: name,
    data: packed.data,
    origin: packed.origin,
    depth,
    trace: packed.traceparent,
    queueMs: waitedMs,
    retry,
    losses: 0,
    ageMs: waitedMs,
    retainMs: packed.retainMs,
    claimedAt: now,
  };
}
