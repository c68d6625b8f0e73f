/** The offers of workers, and the calls that are dispatched to them; see `offers.lua`. */
import type { Redis } from 'ioredis';
import { type Claimed, claimOf, type ClaimRequest } from '../attempts/claim';
import { readyKey, tookKey } from '../keys/keys';
import type { LaneRef } from '../keys/lane-ref';
import { readRunning } from '../record/packed-run';
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
  const packed = readRunning(text.slice(end + 1));
  const { worker, leaseMs, tokenHash } = packed;
  return { claim: claimOf(text.slice(0, end), packed), claimRequest: { worker, leaseMs, tokenHash } };
}
