/** What a worker says of its attempts: one log line for each invocation that ended, and the metrics. */
import { hostname } from 'node:os';
import { cutText } from '@invoq/contract/cut-text';
import { codeOf, type Ending, errorOf, errorTypeOf } from '@invoq/contract/outcome';
import { messageWithCause } from '@invoq/contract/thrown-error';
import type { Run } from '@invoq/executor/call/call';
import { limited, type LimitedLog, type Logger, plain } from '@invoq/host/log';
import type { Metrics } from '@invoq/host/metrics';
import type { TraceFields } from '@invoq/host/tracing/trace-context';
import type { Claimed } from '@invoq/store/attempts/claim';
import type { LaneRef } from '@invoq/store/keys/lane-ref';
import { type AttemptTrace, fieldsOf } from './attempt-trace';
import { withoutArguments } from '@invoq/store/connection/store-error';

export class AttemptTelemetry {
  private readonly faults: LimitedLog;
  /** For the one line that every call has. */
  private readonly calls: Logger;

  constructor(
    private readonly log: Logger,
    private readonly metrics: Metrics,
    /** The id of this worker in the fleet. */
    private readonly worker: string,
  ) {
    this.faults = limited(log, 'store');
    this.calls = plain(log);
  }

  ended(claim: Claimed, place: LaneRef, run: Run, trace?: AttemptTrace): void {
    const { outcome } = run.ending;
    const runMs = Math.round(run.runMs);
    this.metrics.ended({ name: claim.function, env: claim.env }, claim.mode, outcome, run.started ? runMs : undefined);
    this.metrics.waited(place.queue, place.lane, claim.queueMs);
    const line = about(claim, place, trace);
    line.outcome = outcome;
    line.code = codeOf(run.ending);
    line.queueMs = claim.queueMs;
    line.runMs = runMs;
    line.rssMb = run.peakRssMb;
    if (outcome !== 'succeeded') this.addFailure(line, claim, run.ending);
    this.calls.info(line, 'ended');
  }

  /** It failed, and is to be started again. */
  retrying(claim: Claimed, place: LaneRef, { ending, runMs }: Run, afterMs: number, trace?: AttemptTrace): void {
    this.metrics.retried({ name: claim.function, env: claim.env });
    const line = about(claim, place, trace);
    line.code = codeOf(ending);
    line.queueMs = claim.queueMs;
    line.runMs = Math.round(runMs);
    this.addFailure(line, claim, ending);
    this.log.info({ ...line, afterMs }, 'failed, and is tried again');
  }

  /** Why it failed, whose call it was, and where it ran. */
  private addFailure(line: CallLine, { origin }: Claimed, ending: Ending): void {
    line.errorType = errorTypeOf(ending);
    line.error = errorIn(ending);
    line.keyID = (JSON.parse(origin) as { keyID?: string }).keyID;
    line.worker = this.worker;
    line.host = hostname();
  }

  /** Another worker ended it, or runs it now: the outcome here is discarded. */
  fenced(claim: Claimed, place: LaneRef, trace?: AttemptTrace): void {
    this.log.warn(about(claim, place, trace), 'fenced: the attempt was no longer ours');
  }

  /** This worker cannot serve it after all: another one has it, as if it had never been started. */
  handedBack(claim: Claimed, place: LaneRef, why: 'notServed' | 'noSlot'): void {
    if (why === 'noSlot') this.log.debug(about(claim, place), 'handed back: taken ahead, and no slot was free soon');
    else this.log.info(about(claim, place), 'handed back: left to a worker that serves it');
  }

  released(claim: Claimed, place: LaneRef, reason: Error, trace?: AttemptTrace): void {
    this.log.warn({ ...about(claim, place, trace), reason: reason.message }, 'given up: left to another worker');
  }

  /** While Redis is away faults come in floods; the log lets one a second through, and counts the rest. */
  readonly fault = (error: unknown): void => {
    this.faults.warn({ err: withoutArguments(error) }, 'store fault');
  };
}

/** A line of the log about a call. Written member by member: each call has one. */
interface CallLine extends TraceFields {
  requestID: string;
  function: string;
  env: string;
  queue: string;
  lane: string;
  attempt: number;
  outcome?: string;
  code?: number;
  queueMs?: number;
  runMs?: number;
  rssMb?: number;
  errorType?: string;
  error?: string;
  keyID?: string;
  worker?: string;
  host?: string;
}

/** Of a message in the log, characters. */
const MAX_LOGGED = 500;

/** What a failed function said, with its cause, or what the platform says of its end. */
function errorIn(ending: Ending): string | undefined {
  if (ending.outcome === 'succeeded') return undefined;
  const isOwn = ending.outcome === 'failed' || ending.outcome === 'crashed';
  return cutText(isOwn ? messageWithCause(ending) : errorOf(ending).message, MAX_LOGGED);
}

function about(claim: Claimed, { queue, lane }: LaneRef, trace?: AttemptTrace): CallLine {
  const { requestID, function: name, env, attempt } = claim;
  const line: CallLine = { requestID, function: name, env, queue, lane, attempt };
  return trace === undefined && claim.trace === '' ? line : Object.assign(line, fieldsOf(trace, claim));
}
