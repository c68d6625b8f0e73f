/** One attempt, from a requestID off the queue to a recorded end: claim, find the code, run it, keep its result, record how it ended. */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { invocationToken } from '@invoq/contract/invocation-token';
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
import { callEnvironment } from './call-environment';
import type { Lease, Leases } from './leases';
import { LiveLog } from './live-log';
import type { Report } from './report';
import type { Results } from './results';

export interface AttemptsOptions {
  worker: string;
  /** Where functions reach the API. */
  apiUrl: string;
  /** A call that was held back may come to its line now. */
  onPermit(requestID: string): void;
}

const TOKEN_BYTES = 18;
const MAX_TRIES = 60;
const PAUSE_MS = 500;

export class Attempts {
  constructor(
    private readonly store: InvocationStore,
    private readonly catalog: Catalog,
    private readonly executor: Executor,
    private readonly results: Results,
    private readonly leases: Leases,
    private readonly report: Report,
    private readonly options: AttemptsOptions,
  ) {}

  /** Takes whoever is next in a lane; undefined when nobody waits. */
  next({ partition, queue, lane }: LaneAddress): Promise<string | undefined> {
    return this.insist(() => this.store.take(partition, { queue, lane }));
  }

  /** Resolves when the attempt is over and recorded, or was none: ended, expired, cancelled, or running elsewhere. */
  async attempt(requestID: string, place: Place): Promise<void> {
    const token = invocationToken(requestID, randomBytes(TOKEN_BYTES).toString('base64url'));
    const tokenHash = createHash('sha256').update(token).digest('base64url');
    const { worker } = this.options;
    const claim = await this.insist(() => this.store.claim(requestID, place, worker, this.leases.leaseMs, tokenHash));
    if (claim.kind !== 'claimed') return;

    const lease = this.leases.hold(requestID, claim.attempt);
    const log = new LiveLog(this.store, requestID, claim.attempt, this.report.fault);
    try {
      const { run, stored } = await this.results.keep(claim, await this.run(claim, token, lease, log), lease.stopped);
      if (lease.isLost) return this.report.fenced(claim, place);
      const logs = await log.rest();
      if (await this.isRetried(claim, place, run, logs)) return;
      const finished = await this.record(claim, place, run, logs, stored);
      if (!finished.recorded) return this.report.fenced(claim, place);
      this.report.ended(claim, place, run);
      if (finished.next !== undefined) this.options.onPermit(finished.next);
    } catch (error) {
      if (!(error instanceof ExecutorStopped || error instanceof SandboxUnavailable)) throw error;
      // This worker cannot run it to its end: another one may start at once.
      await log.tellRest();
      await this.insist(() => this.store.release(requestID, claim.attempt));
      this.report.released(claim, place, error);
    } finally {
      log.stop();
      lease.release();
    }
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

  private record(claim: Claimed, place: Place, run: Run, logs: string, stored?: StoredResult): Promise<Finished> {
    return this.insist(() =>
      this.store.finish(claim.requestID, homeOf(claim, place), claim.attempt, run.ending, logs, usedBy(run), stored),
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

  private async run(claim: Claimed, token: string, lease: Lease, log: LiveLog): Promise<Run> {
    const program = await this.catalog.find(claim.env, claim.function);
    if (program === undefined) return notRun(missing(claim));
    if ('problem' in program) return notRun(broken(program.problem.message));
    const { requestID, attempt, mode, data } = claim;
    const origin = JSON.parse(claim.origin) as Origin;
    const environment = callEnvironment({
      claim,
      token,
      origin,
      own: program.environment,
      apiUrl: this.options.apiUrl,
    });
    const run = await this.executor.run(
      program,
      { requestID, attempt, mode, data, limitMs: claim.remainingMs, environment, origin },
      {
        signal: lease.stopped,
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
