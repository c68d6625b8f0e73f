/** One attempt, from a call off the lines to a recorded end: take it, find the code, run it, keep its result, record how it ended. */
import type { Run } from '@invoq/executor/call/call';
import { ExecutorStopped, SandboxUnavailable } from '@invoq/executor/call/call';
import type { Tracing } from '@invoq/host/tracing/tracing';
import { LiveSet } from '@invoq/live/live-set';
import { retryAfter } from '@invoq/policy/retry';
import { type Lane, settledWithin } from '@invoq/queue/lane-consumer';
import type { Claimed, ClaimRequest } from '@invoq/store/attempts/claim';
import type { Finished } from '@invoq/store/outcomes/finishes';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { FunctionRef, LaneRef } from '@invoq/store/keys/lane-ref';
import type { Used } from '@invoq/store/record/record-reader';
import type { StoredResult } from '@invoq/store/record/stored-result';
import type { OnEnd } from '@invoq/store/stats/ended';
import type { Leases } from './leases';
import { LateWork } from './late-work';
import { LiveLog } from './live-log';
import type { AttemptTelemetry } from './attempt-telemetry';
import { AttemptTrace } from './attempt-trace';
import type { Results } from './results';
import { AttemptToken } from './attempt-token';
import type { Programs } from './programs';
import type { Runs } from './runs';
import type { Served } from './served';
import type { Offer, SlotOffer } from './slot-offer';
import { untilStored } from './until-stored';

export interface AttemptsOptions {
  worker: string;
  /** A call that was held back may join its queue now. */
  onPermit(requestID: string): void;
  /** Of each call whose end this worker has recorded. */
  onEnd: OnEnd;
  /** While traces are exported. */
  tracing?: Tracing;
}

/** A call that this worker runs, its right to, and what the worker had said that it serves when it was given it. */
export interface Held extends Offer {
  claim: Claimed;
  /** Where the end of a call of its lane leaves an offer. */
  laneOffer?: SlotOffer;
}

/** What follows an attempt in its slot: a call, or nothing. `dry`: nobody waits whom this worker serves. */
type Next = Held | 'dry' | 'look';

export class Attempts {
  /** What is on its way to the store about calls that have ended. */
  private readonly pendingWrites = new LiveSet<Promise<unknown>>();

  constructor(
    private readonly store: InvocationStore,
    private readonly programs: Programs,
    private readonly served: Served,
    private readonly runs: Runs,
    private readonly results: Results,
    private readonly leases: Leases,
    private readonly report: AttemptTelemetry,
    private readonly options: AttemptsOptions,
  ) {}

  /**
   * Attempts a call, then whoever is next in its lane, as long as somebody waits and the lane goes on. Resolves when all
   * that is over and recorded: with true when nobody waits any more, with false when somebody may.
   */
  async serve(first: Held, place: LaneRef, lane: Lane): Promise<boolean> {
    let next: Next = first;
    while (typeof next !== 'string') next = await this.attempt(next, place, lane);
    return next === 'dry';
  }

  private async attempt(held: Held, place: LaneRef, lane: Lane): Promise<Next> {
    const { claim, token } = held;
    const { requestID } = claim;
    const { tracing } = this.options;
    const at = tracing && Date.now();
    let trace: AttemptTrace | undefined;
    const lease = this.leases.hold(requestID, claim.attempt);
    const log = new LiveLog(this.store, requestID, claim.attempt, this.report.fault);
    const late = new LateWork(this.store, claim, token.claimRequest, (pendingWrites) => this.track(pendingWrites));
    try {
      const program = await this.programs.of(claim, held.serving);
      const ran =
        program &&
        (await lane.run(claim.queueMs, () => {
          trace = tracing && new AttemptTrace(tracing, claim, place, at!);
          const started = {
            claim,
            heldAt: lease.heldAt,
            token: token.tokenFor(requestID),
            stop: lease.stopped,
            log,
            late,
            trace,
          };
          return this.runs.run(program, started);
        }));
      if (ran === undefined) {
        lease.release();
        await this.handBack(claim, token.claimRequest, place, program ? 'noSlot' : 'notServed');
        return 'look';
      }
      trace?.ran(ran);
      const { run, stored } = await this.results.keep(claim, ran, lease.stopped);
      if (lease.isLost) return this.fenced(claim, place, trace);
      const logs = await log.rest();
      if (await this.isRetried(claim, place, run, logs, trace)) {
        late.recorded();
        return 'look';
      }
      const then = lane.goesOn()
        ? { token: this.newToken(), serving: this.served.now, laneOffer: held.laneOffer }
        : undefined;
      const laneOffer = lane.mayOffer() ? held.laneOffer : undefined;
      const finished = await this.record(claim, place, run, logs, stored, then, laneOffer);
      if (!finished.recorded) return this.fenced(claim, place, trace);
      late.recorded();
      const next = nextOf(finished, then);
      this.hasEnded(claim, place, run, finished.permitted, trace);
      return next;
    } catch (error) {
      if (!(error instanceof ExecutorStopped || error instanceof SandboxUnavailable)) throw error;
      // This worker cannot run it to its end: another one may start at once.
      await log.flushRest();
      await this.retryUntilStored(() => this.store.release(requestID, claim.attempt));
      trace?.isGivenUp(error.message);
      this.report.released(claim, place, error, trace);
      return 'look';
    } finally {
      trace?.end();
      log.stop();
      lease.release();
    }
  }

  /** Resolves when all that calls printed after their answers is stored, or after `ms`. */
  async flushed(ms: number): Promise<void> {
    await settledWithin(Promise.allSettled(this.pendingWrites), ms);
  }

  private track(pendingWrites: Promise<unknown>): void {
    const flushed = pendingWrites.catch(this.report.fault).finally(() => this.pendingWrites.delete(flushed));
    this.pendingWrites.add(flushed);
  }

  /** Whatever comes of telling it, the next call is this worker's already. */
  private hasEnded(
    claim: Claimed,
    place: LaneRef,
    run: Run,
    permitted: string | undefined,
    trace: AttemptTrace | undefined,
  ): void {
    try {
      this.report.ended(claim, place, run, trace);
      const { env, function: name, queueMs: waitMs } = claim;
      const runMs = run.started ? run.runMs : undefined;
      this.options.onEnd({ env, function: name, outcome: run.ending.outcome, waitMs, runMs });
      if (permitted !== undefined) this.options.onPermit(permitted);
    } catch (error) {
      this.report.fault(error);
    }
  }

  /** Another worker may have what this one was given: it has not been started. */
  async handBack(
    claim: Claimed,
    claimRequest: ClaimRequest,
    place: LaneRef,
    why: 'notServed' | 'noSlot',
  ): Promise<void> {
    const { requestID, attempt } = claim;
    const said = await this.retryUntilStored(() => this.store.handBack(requestID, place, attempt, claimRequest));
    if (said === 'cancel') await this.retryUntilStored(() => this.store.cancel(requestID, homeOf(claim, place)));
    this.report.handedBack(claim, place, why);
  }

  newToken(): AttemptToken {
    return new AttemptToken(this.options.worker, this.leases.leaseMs);
  }

  private fenced(claim: Claimed, place: LaneRef, trace: AttemptTrace | undefined): 'look' {
    trace?.isGivenUp('fenced: the attempt was no longer ours');
    this.report.fenced(claim, place, trace);
    return 'look';
  }

  /** Is what failed to be started again? Then the record waits for it, and this attempt is over. */
  private async isRetried(
    claim: Claimed,
    place: LaneRef,
    run: Run,
    logs: string,
    trace: AttemptTrace | undefined,
  ): Promise<boolean> {
    const { ending } = run;
    if (ending.outcome === 'succeeded') return false;
    const tried = { starts: claim.attempt - claim.losses, ageMs: claim.ageMs + run.runMs };
    const afterMs = retryAfter(ending, claim.retry, tried, Math.random());
    if (afterMs === undefined) return false;
    const { requestID, attempt } = claim;
    const said = await this.retryUntilStored(() =>
      this.store.retry(requestID, homeOf(claim, place), attempt, afterMs, ending, logs, usedBy(run)),
    );
    if (said === 'end') return false;
    if (said === 'lost') this.fenced(claim, place, trace);
    else this.report.retrying(claim, place, run, afterMs, trace);
    return true;
  }

  /** `then`: who goes on with the next call. Where there is none, it becomes the `offer`. */
  private async record(
    claim: Claimed,
    place: LaneRef,
    run: Run,
    logs: string,
    stored: StoredResult | undefined,
    then: Offer | undefined,
    offer: SlotOffer | undefined,
  ): Promise<Finished> {
    const { requestID, attempt } = claim;
    const home = homeOf(claim, place);
    const reserved = then && offer?.reserve(then) ? offer : undefined;
    const goesOn = then && {
      claimRequest: then.token.claimRequest,
      digest: then.serving.digest,
      offers: reserved !== undefined,
    };
    const end = { requestID, home, attempt, ending: run.ending, logs, used: usedBy(run), stored, then: goesOn };
    let isLeft = false;
    try {
      const finished = await this.retryUntilStored(() => this.store.finish(end));
      isLeft = finished.recorded && finished.offered === true;
      return finished;
    } finally {
      reserved?.endHasLeft(then!, isLeft);
    }
  }

  private retryUntilStored<T>(store: () => Promise<T>): Promise<T> {
    return untilStored(store, this.report.fault);
  }
}

function nextOf({ next }: Finished & { recorded: true }, then: Omit<Held, 'claim'> | undefined): Next {
  if (then === undefined) return 'look';
  return next ? { claim: next, ...then } : 'dry';
}

function homeOf({ env, function: name }: Claimed, { queue, lane }: LaneRef): FunctionRef {
  return { queue, lane, env, function: name };
}

function usedBy({ started, runMs, peakRssMb }: Run): Used | undefined {
  return started ? { runMs, peakRssMb } : undefined;
}
