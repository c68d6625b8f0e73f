/**
 * The ends of attempts, written to Redis together: one command for what ends on a worker at about the same time, which also
 * brings the calls that its slots have next.
 */
import { codeOf, type Ending, envelopeJson } from '@invoq/contract/outcome';
import { type Claimed, type ClaimReply, readClaim, type ClaimRequest } from '../attempts/claim';
import { recordPrefix } from '../keys/keys';
import { partitionOf } from '../keys/partition';
import { type FunctionRef, laneEndingKeys } from '../keys/lane-ref';
import type { Used } from '../record/record-reader';
import type { ScriptedRedis } from '../scripts/scripts';
import { type StoredResult, writeStored } from '../record/stored-result';
import { Together } from '../scripts/together';

/**
 * What became of an end that was to be recorded. `permitted`: a call that was held back, and may join its queue now.
 * `next`: the call that the worker has from now on. `offered`: nobody waited, and its offer stands.
 */
export type Finished = { recorded: false } | { recorded: true; permitted?: string; next?: Claimed; offered?: boolean };

/** Who goes on with the next call of the lane, and the digest of what it serves. */
export interface GoesOn {
  claimRequest: ClaimRequest;
  digest: string;
  /** Where nobody waits, the claim request becomes the worker's offer; see `offers.lua`. For one end at a time. */
  offers?: boolean;
}

/** How an attempt ended. */
export interface AttemptEnd {
  requestID: string;
  home: FunctionRef;
  attempt: number;
  ending: Ending;
  /** ndjson. */
  logs: string;
  /** What the run took. */
  used?: Used;
  /** Where the result is, when it is too large for the record. */
  stored?: StoredResult;
  /** Who goes on with the next call of the lane, in the same step. */
  then?: GoesOn;
}

interface FinishReply {
  end: AttemptEnd;
  envelope: string;
}

export class Finishes {
  private readonly together: Together<FinishReply, Finished>;

  constructor(private readonly redis: ScriptedRedis) {
    this.together = new Together({
      send: (some) => this.send(some),
      lengthOf: ({ end: { logs }, envelope }) => envelope.length + logs.length,
    });
  }

  /** Resolves once it is recorded, or fenced. */
  add(end: AttemptEnd): Promise<Finished> {
    const { requestID, home, ending, stored, then } = end;
    const goesOn = `${then?.claimRequest.worker ?? ''} ${then?.digest ?? ''}`;
    const kind = `${partitionOf(requestID)} ${home.queue} ${home.lane} ${goesOn}`;
    return this.together.add(kind, { end, envelope: stored ? writeStored(stored) : envelopeJson(requestID, ending) });
  }

  private async send(ends: FinishReply[]): Promise<Finished[]> {
    const { requestID, home, then } = ends[0].end;
    const partition = partitionOf(requestID);
    const reply = (await this.redis.invoqFinish({
      keys: laneEndingKeys(partition, home),
      args: {
        prefix: recordPrefix(partition),
        worker: then?.claimRequest.worker ?? '',
        leaseMs: then?.claimRequest.leaseMs ?? 0,
        digest: then?.digest ?? '',
        offered: ends.find(({ end }) => end.then?.offers)?.end.then?.claimRequest.tokenHash ?? '',
        ends: ends.map(({ end, envelope }) => ({
          id: end.requestID,
          attempt: end.attempt,
          outcome: end.ending.outcome,
          code: codeOf(end.ending),
          envelope,
          logs: end.logs,
          used: end.used === undefined ? '' : usedJson(end.used),
          tokenHash: end.then?.claimRequest.tokenHash ?? '',
          functionName: `${end.home.env}:${end.home.function}`,
        })),
      },
    })) as Reply[] | 'offered';
    return reply === 'offered' ? [{ recorded: true, offered: true }] : reply.map(readFinished);
  }
}

/** Each end has one, of two numbers. */
function usedJson({ runMs, peakRssMb }: Used): string {
  return peakRssMb === undefined ? `{"runMs":${runMs}}` : `{"runMs":${runMs},"peakRssMb":${peakRssMb}}`;
}

type Reply = [number, string?, ...(ClaimReply | ['offered'] | [])];

function readFinished([ok, permitted, ...started]: Reply): Finished {
  if (ok !== 1) return { recorded: false };
  if (started[0] === 'offered') return { recorded: true, permitted: permitted || undefined, offered: true };
  const next = started.length > 0 ? readClaim(started as ClaimReply) : undefined;
  return { recorded: true, permitted: permitted || undefined, next };
}
