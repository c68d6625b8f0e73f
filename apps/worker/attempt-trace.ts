/**
 * The spans of one attempt, while traces are exported: its wait in the queue, the attempt itself, and in it the start of a
 * sandbox and the run of the function. They are made here, by the worker: a sandbox needs nothing of OpenTelemetry's.
 */
import { errorOf, errorTypeOf } from '@invoq/contract/outcome';
import type { Run } from '@invoq/executor/call/call';
import { type TraceContext, type TraceFields, traceFields, traceOfText } from '@invoq/host/tracing/trace-context';
import type { Span, Tracing } from '@invoq/host/tracing/tracing';
import type { Claimed } from '@invoq/store/attempts/claim';
import type { LaneRef } from '@invoq/store/keys/lane-ref';

export class AttemptTrace {
  private readonly attempt: Span;
  private handedAt = Date.now();
  private run: Span | undefined;
  private failure: string | undefined;

  /** `at`: when the worker was given the call, ms since the epoch. */
  constructor(
    private readonly tracing: Tracing,
    private readonly claim: Claimed,
    { queue, lane }: LaneRef,
    at: number,
  ) {
    const { requestID, function: name, env, attempt, queueMs } = claim;
    const attributes = {
      'invoq.request_id': requestID,
      'invoq.function': name,
      'invoq.env': env,
      'invoq.queue': queue,
      'invoq.lane': lane,
      'invoq.attempt': attempt,
    };
    const parent = traceOfText(claim.trace);
    const since = at - queueMs;
    // Without a trace the attempt is the root of one, and its wait a part of it.
    const from = parent === undefined ? since : at;
    this.attempt = tracing.start(`attempt ${name}`, { kind: 'consumer', parent, at: from, attributes });
    const wait = { kind: 'internal', parent: parent ?? this.attempt.context, at: since, attributes } as const;
    tracing.start('queue wait', wait).end(undefined, at);
  }

  get fields(): TraceFields {
    return this.attempt.fields;
  }

  /** A sandbox is looked for. */
  begins(): void {
    this.handedAt = Date.now();
  }

  /** A sandbox has the call now; `isNew`: it was started for it. Returns what the function gets. */
  handedOver(isNew: boolean): TraceContext {
    const { context: parent } = this.attempt;
    const at = Date.now();
    if (isNew) this.tracing.start('sandbox start', { kind: 'internal', parent, at: this.handedAt }).end(undefined, at);
    // The sandbox before has left without a look at the call.
    this.run?.end('the sandbox had left', at);
    const attributes = { 'faas.coldstart': isNew, 'faas.invocation_id': this.claim.requestID };
    this.run = this.tracing.start(`function ${this.claim.function}`, { kind: 'internal', parent, at, attributes });
    return this.run.context;
  }

  /** It has run; what comes of it is written after this. */
  ran({ ending }: Run): void {
    this.failure = ending.outcome === 'succeeded' ? undefined : errorOf(ending).message;
    this.run?.end(this.failure);
    this.run = undefined;
    this.attempt.set({ 'invoq.outcome': ending.outcome, 'error.type': errorTypeOf(ending) });
  }

  /** Nothing is recorded of it: another worker has the call, or will. */
  isGivenUp(why: string): void {
    this.failure = why;
    this.attempt.set({ 'invoq.outcome': 'given up' });
  }

  /** It is over, and recorded. */
  end(): void {
    this.run?.end(this.failure);
    this.attempt.end(this.failure);
  }
}

/** What a line of the log says of the trace of a call. */
export function fieldsOf(trace: AttemptTrace | undefined, { trace: text }: { trace: string }): TraceFields {
  return trace?.fields ?? traceFields(traceOfText(text));
}
