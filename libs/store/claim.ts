/** What a worker learns when it claims an invocation. */
import type { Mode } from '@invoq/contract/invocation';
import type { RetryRule } from '@invoq/contract/retry';

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

/** Who starts attempts: a worker, for how long it holds one without a word (ms), and the hash of the attempt's token. */
export interface Starter {
  worker: string;
  leaseMs: number;
  tokenHash: string;
}

/** As `start.lua` answers. */
export function readClaim(reply: [Claim['kind'], ...(string | number)[]]): Claim {
  const [kind, requestID, attempt, remainingMs, mode, env, name, data, origin, depth] = reply;
  const [traceparent, queueMs, limitMs, retry, losses, ageMs, retainMs, claimedAt] = reply.slice(10);
  if (kind !== 'claimed') return { kind };
  return {
    kind,
    requestID: String(requestID),
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
