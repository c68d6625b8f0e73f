/** The record protocol: every change to an invocation goes through one of its scripts. */
import type { Status } from '@invoq/contract/invocation';
import { codeOf, type Ending, envelopeJson, type Outcome } from '@invoq/contract/outcome';
import { type Format, LAST_FORMAT, THIS_FORMAT } from '@invoq/policy/format';
import type { LaneName } from '@invoq/policy/lanes';
import type { Redis } from 'ioredis';
import { type Claimed, type ClaimReply, readClaim, type ClaimRequest } from './attempts/claim';
import { type Renewed, Renewals } from './attempts/renewals';
import { type AttemptEnd, type Finished, Finishes } from './outcomes/finishes';
import { attemptEnding } from './record/kept-attempts';
import { lateTokenKey, logsKey, openKey, recordKey, recordPrefix, ticketsKey, tookKey } from './keys/keys';
import { partitionOf } from './keys/partition';
import { REQUEUE_CHECK_MS } from './background/due-index';
import { CANCELLED_IN_QUEUE, CANCELLED_IN_RUN, EXPIRED, LOST } from './outcomes/platform-outcomes';
import { endingKeys, type FunctionRef, laneKeys, limitKeys, type LaneRef } from './keys/lane-ref';
import type { Used } from './record/record-reader';
import { type ScriptedRedis, withScripts } from './scripts/scripts';
import { readStanding, type StatusSnapshot } from './record/status-snapshot';
import { endedCall, type OnEnd } from './stats/ended';
import { isPlain, readSubmitted, type Submission, type Submitted, submitCall } from './submission/submission';
import { Submissions } from './submission/submissions';

/**
 * What was taken of a lane. `claims`: each at the place of its claimRequest; undefined: it was taken by a command that had to be
 * sent again, and is over. `more`: more waits that the worker serves. `unknown`: Redis does not know (any more) what the
 * worker serves; it is to be announced, and the take repeated.
 */
export type Taken = { kind: 'taken'; claims: (Claimed | undefined)[]; more: boolean } | { kind: 'unknown' };

/** How long after its deadline a sync call may still be reported by its worker. */
export const REPORT_GRACE_MS = 700;

export class InvocationStore {
  private readonly redis: ScriptedRedis;
  private readonly submissions: Submissions;
  private readonly finishes: Finishes;
  private readonly renewals: Renewals;

  /** `format`: what is to be written; asked each time. `onEnd`: of ends that no worker reports. */
  constructor(
    redis: Redis,
    private readonly format: () => Format = () => THIS_FORMAT,
    private readonly onEnd: OnEnd = () => undefined,
  ) {
    this.redis = withScripts(redis);
    this.submissions = new Submissions(this.redis);
    this.finishes = new Finishes(this.redis);
    this.renewals = new Renewals(this.redis);
  }

  /** Accepts an invocation, or says why not. `isTicketed`: BullMQ carries its lane; see `tickets.lua`. */
  submit(s: Submission, isTicketed = false): Promise<Submitted> {
    if (this.format() !== LAST_FORMAT && isPlain(s)) return this.submissions.add(s, isTicketed);
    return this.redis.invoqSubmit(submitCall(s, isTicketed)).then(readSubmitted);
  }

  /** Many: each is accepted or not by itself, whatever becomes of the others. */
  submitAll(
    submissions: Submission[],
    isTicketed: (lane: LaneName) => boolean = () => false,
  ): Promise<PromiseSettledResult<Submitted>[]> {
    return Promise.allSettled(
      submissions.map(async (submission) => this.submit(submission, isTicketed(submission.plan.lane))),
    );
  }

  /**
   * Takes and starts as many calls of a lane as there are `claimRequests` (all of one worker), those that are next among what it
   * serves. Without claimRequests: only tells other workers of what waits. `byTicket`: a ticket brought us, which is used up now.
   */
  async take(
    partition: number,
    place: LaneRef,
    claimRequests: ClaimRequest[],
    digest: string,
    byTicket: boolean,
  ): Promise<Taken> {
    const { worker, leaseMs, tokenHash } = claimRequests[0] ?? { worker: '', leaseMs: 0, tokenHash: '' };
    const { queued, ready, turns } = laneKeys(partition, place);
    const reply = await this.redis.invoqTake({
      keys: {
        open: openKey(partition),
        queued,
        ready,
        turns,
        tickets: ticketsKey(partition, place.queue, place.lane),
        took: tookKey(partition, tokenHash),
      },
      args: {
        prefix: recordPrefix(partition),
        worker,
        leaseMs,
        digest,
        byTicket: byTicket ? 1 : 0,
        tokenHashes: claimRequests.map((claimRequest) => claimRequest.tokenHash),
      },
    });
    const [more, ...claims] = reply as [number, ...(ClaimReply | null)[]];
    if (more === -1) return { kind: 'unknown' };
    return {
      kind: 'taken',
      claims: claims.map((claim) => (claim === null ? undefined : readClaim(claim))),
      more: more === 1,
    };
  }

  /**
   * Hands back a call that its worker cannot serve: the start is undone. `cancel`: its caller asked for its end meanwhile,
   * so cancel it; `lost`: fenced, the start was no longer ours.
   */
  async handBack(
    requestID: string,
    place: LaneRef,
    attempt: number,
    { tokenHash }: ClaimRequest,
  ): Promise<'back' | 'cancel' | 'lost'> {
    const partition = partitionOf(requestID);
    const { queued, ready, turns } = laneKeys(partition, place);
    const keys = { record: recordKey(requestID), open: openKey(partition), queued, ready, turns };
    const args = { id: requestID, attempt, tokenHash, checkMs: REQUEUE_CHECK_MS };
    return (await this.redis.invoqHandback({ keys, args })) as 'back' | 'cancel' | 'lost';
  }

  /** `lost`: the attempt is no longer this worker's and must stop at once. `cancel`: its caller asked for its end. */
  renew(requestID: string, attempt: number, leaseMs: number): Promise<Renewed> {
    return this.renewals.add(requestID, attempt, leaseMs);
  }

  /** Gives up a running attempt, so that it need not wait for its lease to die. */
  async release(requestID: string, attempt: number): Promise<void> {
    const keys = { record: recordKey(requestID), open: openKey(partitionOf(requestID)) };
    await this.redis.invoqRelease({ keys, args: { id: requestID, attempt } });
  }

  /** `progress`: JSON text. */
  async progress(requestID: string, attempt: number, progress: string): Promise<boolean> {
    const keys = { record: recordKey(requestID) };
    return (await this.redis.invoqProgress({ keys, args: { id: requestID, attempt, progress } })) === 1;
  }

  /** Appends lines (ndjson) of a running attempt; `before`: bytes that it has appended already. False: fenced. */
  async appendLog(requestID: string, attempt: number, before: number, lines: string): Promise<boolean> {
    const keys = { record: recordKey(requestID), logs: logsKey(requestID) };
    return (await this.redis.invoqAppendLogs({ keys, args: { id: requestID, attempt, before, lines } })) === 1;
  }

  /** Keeps lines (ndjson) that a call has printed after its end was recorded, for as long as its record. */
  async appendLateLog(requestID: string, lines: string): Promise<void> {
    const keepMs = await this.redis.pttl(recordKey(requestID));
    // The record is gone.
    if (keepMs === -2) return;
    const pipeline = this.redis.pipeline().append(logsKey(requestID), lines);
    if (keepMs > 0) pipeline.pexpire(logsKey(requestID), keepMs);
    const replies = await pipeline.exec();
    for (const [fault] of replies ?? []) if (fault) throw fault;
  }

  /** A call that has answered is still at work: its token opens the API for `ms` more, or until `endLate`. */
  async beginLate(requestID: string, { tokenHash }: ClaimRequest, ms: number): Promise<void> {
    await this.redis.set(lateTokenKey(requestID), tokenHash, 'PX', Math.max(1, Math.round(ms)));
  }

  async endLate(requestID: string): Promise<void> {
    await this.redis.del(lateTokenKey(requestID));
  }

  /** Not recorded: fenced, somebody else ended it or runs it. */
  finish(end: AttemptEnd): Promise<Finished> {
    return this.finishes.add(end);
  }

  /**
   * Has a failed attempt followed by another one in `afterMs`. `end`: its caller asked for its end meanwhile, so finish it;
   * `lost`: fenced.
   */
  async retry(
    requestID: string,
    home: FunctionRef,
    attempt: number,
    afterMs: number,
    ending: Exclude<Ending, { outcome: 'succeeded' }>,
    logs: string,
    used?: Used,
  ): Promise<'retrying' | 'end' | 'lost'> {
    const partition = partitionOf(requestID);
    const { permits, held } = limitKeys(partition, home);
    return (await this.redis.invoqRetry({
      keys: { record: recordKey(requestID), open: openKey(partition), logs: logsKey(requestID), permits, held },
      args: {
        id: requestID,
        attempt,
        afterMs,
        outcome: ending.outcome,
        code: codeOf(ending),
        envelope: envelopeJson(requestID, ending),
        ending: attemptEnding(ending),
        lines: logs,
        used: JSON.stringify(used ?? { runMs: 0 }),
      },
    })) as 'retrying' | 'end' | 'lost';
  }

  /** Ends a call whose time is over for its caller, if nothing else has; says how it stands now. */
  async expire(requestID: string, home: FunctionRef): Promise<StatusSnapshot | undefined> {
    const reply = (await this.redis.invoqExpire({
      keys: endingKeys(requestID, home),
      args: {
        id: requestID,
        expiredCode: codeOf(EXPIRED),
        expiredEnvelope: envelopeJson(requestID, EXPIRED),
        lostCode: codeOf(LOST),
        lostEnvelope: envelopeJson(requestID, LOST),
        graceMs: REPORT_GRACE_MS,
      },
    })) as [string, string, number?];
    if (reply[2] !== undefined) this.onEnd(endedCall(home, reply[0] as Outcome, reply[2]));
    return readStanding(reply);
  }

  /**
   * What waits never runs; what runs gets a signal to stop, or goes on when only waiting calls are meant. The status after that;
   * undefined: no such record.
   */
  async cancel(requestID: string, home: FunctionRef, onlyWaiting = false): Promise<Status | undefined> {
    const reply = await this.redis.invoqCancel({
      keys: endingKeys(requestID, home),
      args: {
        id: requestID,
        code: codeOf(CANCELLED_IN_QUEUE),
        neverEnvelope: envelopeJson(requestID, CANCELLED_IN_QUEUE),
        startedEnvelope: envelopeJson(requestID, CANCELLED_IN_RUN),
        onlyWaiting: onlyWaiting ? 1 : 0,
      },
    });
    const [status, waited] = reply as [Status | '', number?];
    if (waited !== undefined) this.onEnd(endedCall(home, 'cancelled', waited));
    return status || undefined;
  }

  /** Notifies `channel` of the end too; `live`: of every change. Undefined: no such record. */
  async watch(requestID: string, channel: string, live = false): Promise<StatusSnapshot | undefined> {
    const keys = { record: recordKey(requestID) };
    return readStanding(await this.redis.invoqWatch({ keys, args: { channel, live: live ? 1 : 0 } }));
  }
}
