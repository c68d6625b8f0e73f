/** The offers of workers, and the calls that are dispatched to them; see `offers.lua`. */
import type { Mode } from '@invoq/contract/invocation';
import type { Redis } from 'ioredis';
import type { Claimed, ClaimRequest } from '../attempts/claim';
import { readyKey, tookKey } from '../keys/keys';
import type { LaneRef } from '../keys/lane-ref';
import { readCallSpec } from '../record/call-spec';
import { readPacked } from '../record/packed-record';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

/** A call that was started under an offer, which is known by the hash of its token. */
export interface Dispatched {
  claim: Claimed;
  claimRequest: ClaimRequest;
}

/** `isTaken`: a call was started under it. `dispatched`: texts for `readDispatched`. */
export interface Withdrawn {
  isTaken: boolean;
  dispatched: string[];
}

export class OfferStore {
  private readonly redis: ScriptedRedis;

  constructor(redis: Redis) {
    this.redis = withScripts(redis);
  }

  /** Takes an offer back, and reads all that was dispatched to its worker. */
  async withdraw(
    partition: number,
    place: LaneRef,
    digest: string,
    { worker, tokenHash }: ClaimRequest,
  ): Promise<Withdrawn> {
    const [taken, ...dispatched] = (await this.redis.invoqWithdraw({
      keys: { ready: readyKey(partition, place.queue, place.lane), took: tookKey(partition, tokenHash) },
      args: { worker, digest, tokenHash },
    })) as [number, ...string[]];
    return { isTaken: taken === 1, dispatched };
  }
}

/** @throws SyntaxError of a text that no release has written. */
export function readDispatched(text: string): Dispatched {
  const end = text.indexOf('\n');
  const fields = end === -1 ? undefined : readPacked(text.slice(end + 1));
  if (fields?.get('status') !== 'running') throw new SyntaxError('a call was dispatched that cannot be read');
  const field = (name: string): string => fields.get(name) ?? '';
  const { env, function: name, depth, retry } = readCallSpec(field('terms'));
  const claimedAt = Number(field('startedAt'));
  const claim: Claimed = {
    requestID: text.slice(0, end),
    attempt: 1,
    remainingMs: Number(field('deadline')) - claimedAt,
    limitMs: Number(field('timeoutMs')),
    mode: field('mode') as Mode,
    env,
    function: name,
    data: field('data'),
    origin: field('origin'),
    depth,
    trace: field('traceparent'),
    queueMs: 0,
    retry,
    losses: 0,
    ageMs: 0,
    retainMs: Number(field('retainMs')),
    claimedAt,
  };
  const { worker, leaseMs, tokenHash } = Object.fromEntries(fields);
  return { claim, claimRequest: { worker, leaseMs: Number(leaseMs), tokenHash } };
}
