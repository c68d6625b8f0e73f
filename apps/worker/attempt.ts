/** One attempt, from a requestID off the queue to a recorded end: claim, find the code, run it, keep its result, record how it ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '@invoq/contract/function';
import type { Ending } from '@invoq/contract/outcome';
import type { Origin, Run } from '@invoq/executor/call';
import { ExecutorStopped, SandboxUnavailable } from '@invoq/executor/call';
import type { Executor } from '@invoq/executor/executor';
import type { Catalog } from '@invoq/functions/catalog';
import { retryAfter } from '@invoq/policy/retry';
import type { LaneAddress } from '@invoq/queue/lane-address';
import type { Claimed } from '@invoq/store/claim';
import type { Finished, InvocationStore } from '@invoq/store/invocation-store';
import type { Home, Place } from '@invoq/store/place';
import type { Used } from '@invoq/store/record-reader';
import type { StoredResult } from '@invoq/store/stored-result';
import { callEnvironment, programEnvironment } from './call-environment';
import type { Lease, Leases } from './leases';
import { LiveLog } from './live-log';
import type { Report } from './report';
import type { Results } from './results';
import { Right } from './right';

export interface AttemptsOptions {
  worker: string;
  /** Where functions reach the API. */
  apiUrl: string;
  /** A call that was held back may come to its line now. */
  onPermit(requestID: string): void;
}

const MAX_TRIES = 60;
const PAUSE_MS = 500;

/** A call that this worker runs, and its right to. */
interface Held {
  claim: Claimed;
  right: Right;
}

export class Attempts {
  private readonly programs = new WeakMap<Program, Program>();

  constructor(
    private readonly store: InvocationStore,
    private readonly catalog: Catalog,
    private readonly executor: Executor,
    private readonly results: Results,
    private readonly leases: Leases,
    private readonly report: Report,
    private readonly options: AttemptsOptions,
  ) {}

  /** Takes whoever is next in a lane, brought by a ticket or not; undefined when nobody waits. */
  next({ partition, queue, lane }: LaneAddress, byTicket: boolean): Promise<string | undefined> {
    return this.insist(() => this.store.take(partition, { queue, lane }, byTicket));
  }

  /**
   * Attempts a call, then whoever is next in its lane, as long as somebody waits and `goesOn` says so. Resolves when all
   * that is over and recorded, or there was nothing to do: the call had ended, expired, or runs elsewhere.
   */
  async serve(requestID: string, place: Place, goesOn: () => boolean): Promise<void> {
    const right = new Right(this.options.worker, this.leases.leaseMs);
    const claim = await this.insist(() => this.store.claim(requestID, place, right.starter));
    let held: Held | undefined = claim.kind === 'claimed' ? { claim, right } : undefined;
    while (held !== undefined) held = await this.attempt(held, place, goesOn);
  }

  /** Answers with the call that this worker has next, and holds already. */
  private async attempt({ claim, right }: Held, place: Place, goesOn: () => boolean): Promise<Held | undefined> {
    const { requestID } = claim;
    const lease = this.leases.hold(requestID, claim.attempt);
    const log = new LiveLog(this.store, requestID, claim.attempt, this.report.fault);
    try {
      const { run, stored } = await this.results.keep(
        claim,
        await this.run(claim, right.tokenFor(requestID), lease, log),
        lease.stopped,
      );
      if (lease.isLost) return this.fenced(claim, place);
      const logs = await log.rest();
      if (await this.isRetried(claim, place, run, logs)) return undefined;
      const then = goesOn() ? new Right(this.options.worker, this.leases.leaseMs) : undefined;
      const finished = await this.record(claim, place, run, logs, stored, then);
      if (!finished.recorded) return this.fenced(claim, place);
      this.report.ended(claim, place, run);
      if (finished.permitted !== undefined) this.options.onPermit(finished.permitted);
      return finished.next && then && { claim: finished.next, right: then };
    } catch (error) {
      if (!(error instanceof ExecutorStopped || error instanceof SandboxUnavailable)) throw error;
      // This worker cannot run it to its end: another one may start at once.
      await log.tellRest();
      await this.insist(() => this.store.release(requestID, claim.attempt));
      this.report.released(claim, place, error);
      return undefined;
    } finally {
      log.stop();
      lease.release();
    }
  }

  private fenced(claim: Claimed, place: Place): undefined {
    this.report.fenced(claim, place);
  }

  /** Is what failed to be started again? Then the record waits for it, and this attempt is over. */
  private async isRetried(claim: Claimed, place: Place, run: Run, logs: string): Promise<boolean> {
    const { ending } = run;
    if (ending.outcome === 'succeeded') return false;
    const tried = { starts: claim.attempt - claim.losses, ageMs: claim.ageMs + run.runMs };
    const afterMs = retryAfter(ending, claim.retry, tried, Math.random());
    if (afterMs === undefined) return false;
    const { requestID, attempt } = claim;
    const said = await this.insist(() =>
      this.store.retry(requestID, homeOf(claim, place), attempt, afterMs, ending, logs, usedBy(run)),
    );
    if (said === 'end') return false;
    if (said === 'lost') this.report.fenced(claim, place);
    else this.report.retrying(claim, place, run, afterMs);
    return true;
  }

  private record(
    claim: Claimed,
    place: Place,
    run: Run,
    logs: string,
    stored?: StoredResult,
    then?: Right,
  ): Promise<Finished> {
    const { requestID, attempt } = claim;
    const home = homeOf(claim, place);
    return this.insist(() =>
      this.store.finish(requestID, home, attempt, run.ending, logs, usedBy(run), stored, then?.starter),
    );
  }

  /** What must be said must not be lost to a Redis that says no for a while (a full disk, a failover). */
  private async insist<T>(say: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await say();
      } catch (error) {
        this.report.fault(error);
        if (tries === MAX_TRIES) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }

  /** With what all its calls find in their environment. */
  private furnished(program: Program): Program {
    const known = this.programs.get(program);
    if (known) return known;
    const { env, environment: own } = program;
    const environment = programEnvironment({ env, own, apiUrl: this.options.apiUrl });
    const furnished = { ...program, environment };
    this.programs.set(program, furnished);
    return furnished;
  }

  private async run(claim: Claimed, token: string, lease: Lease, log: LiveLog): Promise<Run> {
    const program = await this.catalog.find(claim.env, claim.function);
    if (program === undefined) return notRun(missing(claim));
    if ('problem' in program) return notRun(broken(program.problem.message));
    const { requestID, attempt, mode, data } = claim;
    const origin = JSON.parse(claim.origin) as Origin;
    const environment = callEnvironment({ claim, token, origin, own: program.environment });
    const run = await this.executor.run(
      this.furnished(program),
      { requestID, attempt, mode, data, limitMs: claim.remainingMs, environment, origin },
      {
        stop: lease.stopped,
        onLog: log.add,
        onProgress: (json) => void this.store.progress(requestID, attempt, json).catch(this.report.fault),
      },
    );
    // The executor knows what was left of the limit; the caller is told the limit.
    return run.ending.outcome === 'timedOut' ? { ...run, ending: { ...run.ending, limitMs: claim.limitMs } } : run;
  }
}

function homeOf({ env, function: name }: Claimed, { queue, lane }: Place): Home {
  return { queue, lane, env, function: name };
}

function missing({ function: name, env }: Claimed): Ending {
  const message = `No worker of this queue has a function "${name}" in env "${env}" (any more).`;
  return { outcome: 'failed', type: 'FUNCTION_NOT_FOUND', message };
}

/** The function is there and cannot be run: a syntax error, or settings that break a rule. It alone is refused. */
function broken(message: string): Ending {
  return { outcome: 'failed', type: 'FUNCTION_ERROR', message };
}

function usedBy({ started, runMs, peakRssMb }: Run): Used | undefined {
  return started ? { runMs, peakRssMb } : undefined;
}

function notRun(ending: Ending): Run {
  return { ending, runMs: 0, logs: [], logsCut: false, started: false };
}
