/** The trace of a callback: the span of each try, while traces are exported, and the headers that carry it to the receiver. */
import { type TraceContext, type TraceFields, traceFields, traceOfText } from '@invoq/host/tracing/trace-context';
import type { Span, Tracing } from '@invoq/host/tracing/tracing';
import type { DeliveryAnswer } from '@invoq/policy/callbacks';
import type { HeldDelivery } from '@invoq/store/callbacks/outbox';

export class DeliveryTrace {
  private readonly context: TraceContext | undefined;
  private readonly span: Span | undefined;

  constructor(held: HeldDelivery, tracing: Tracing | undefined) {
    const parent = traceOfText(held.trace);
    const { requestID, env, function: name, webhookID, try: tries } = held;
    this.span = tracing?.start('callback', {
      kind: 'client',
      parent,
      attributes: {
        'http.request.method': 'POST',
        // The origin alone: the rest of a URL may be a secret of its receiver.
        'server.address': new URL(held.url).host,
        'invoq.request_id': requestID,
        'invoq.env': env,
        'invoq.function': name,
        'invoq.webhook_id': webhookID,
        'invoq.try': tries,
      },
    });
    this.context = this.span?.context ?? parent;
  }

  /** For the receiver. */
  get headers(): Record<string, string> {
    if (this.context === undefined) return {};
    const { traceparent, tracestate } = this.context;
    return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
  }

  /** For the log. */
  get fields(): TraceFields {
    return this.span?.fields ?? traceFields(this.context);
  }

  /** `own`: it was no try, the reason is this worker's alone. */
  end(answer: DeliveryAnswer | { kind: 'own' }): void {
    if (this.span === undefined) return;
    if (answer.kind === 'answer') {
      this.span.set({ 'http.response.status_code': answer.status });
      return this.span.end(answer.status >= 400 ? `HTTP ${answer.status}` : undefined);
    }
    this.span.end(answer.kind === 'own' ? 'given back' : answer.message);
  }
}
