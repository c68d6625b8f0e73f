/** What a worker learns when it claims an invocation. */
import type { Mode } from '@invoq/contract/invocation';
import type { RetryRule } from '@invoq/contract/retry';
import { readTerms } from './terms';

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
  const [kind, requestID, attempt, remainingMs, mode, terms, data, origin] = reply;
  const [queueMs, limitMs, losses, ageMs, retainMs, claimedAt, traceparent = ''] = reply.slice(8);
  if (kind !== 'claimed') return { kind };
  const { env, function: name, depth, retry } = readTerms(String(terms));
  return {
    kind,
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
    traceparent: String(traceparent),
    queueMs: Number(queueMs),
    retry,
    losses: Number(losses),
    ageMs: Number(ageMs),
    retainMs: Number(retainMs),
    claimedAt: Number(claimedAt),
  };
}
