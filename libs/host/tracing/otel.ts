/** OpenTelemetry: makes spans and exports them. Nothing else imports its packages, and this file is loaded only while traces are on. */
import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from '../log';
import { releaseOf } from '../release';
import { WatchedExporter } from './watched-exporter';
import { parseTraceparent, type TraceContext, type TraceFields } from './trace-context';
import type { TraceSettings } from './trace-settings';
import type { Attributes, Span, SpanOptions, Tracing } from './tracing';

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
  internal: SpanKind.INTERNAL,
};

/** Of the message of a failure, characters. */
const MAX_MESSAGE = 500;

export class OtelTracing implements Tracing {
  private readonly provider: BasicTracerProvider;
  private readonly tracer: Tracer;

  /** What the settings leave out the SDK reads from the environment: endpoint, headers, sampler, sizes of batches. */
  constructor(app: string, { otlpProtocol, otlpHeaders }: TraceSettings, log: Logger) {
    const options = { headers: headersIn(otlpHeaders) };
    const exporter = otlpProtocol === 'http/json' ? new JsonExporter(options) : new ProtobufExporter(options);
    const own = resourceFromAttributes({
      'service.name': `invoq-${app}`,
      'service.version': releaseOf(),
      'service.instance.id': randomUUID(),
      'host.name': hostname(),
    });
    this.provider = new BasicTracerProvider({
      resource: defaultResource()
        .merge(own)
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(new WatchedExporter(exporter, log))],
    });
    this.tracer = this.provider.getTracer('invoq');
  }

  start(name: string, { kind, parent, at, attributes }: SpanOptions): Span {
    const options = { kind: KINDS[kind], startTime: at, attributes };
    return new StartedSpan(this.tracer.startSpan(name, options, contextOf(parent)), parent);
  }

  async close(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([this.provider.shutdown().catch(() => undefined), patience]);
    clearTimeout(timer);
  }
}

class StartedSpan implements Span {
  readonly context: TraceContext;
  readonly fields: TraceFields;

  constructor(
    private readonly span: OtelSpan,
    parent: TraceContext | undefined,
  ) {
    const { traceId, spanId, traceState } = span.spanContext();
    const isKept = span.isRecording();
    const tracestate = traceState?.serialize() || undefined;
    const own = { traceparent: `00-${traceId}-${spanId}-${isKept ? '01' : '00'}`, tracestate };
    // A span that is not kept stands for nothing: its parent goes on. Without one it says that the trace is not sampled.
    const isPassedOn = !isKept && parent !== undefined && isUnsampled(parent);
    this.context = isPassedOn ? parent : own;
    this.fields = isKept ? { trace_id: traceId, span_id: spanId } : { trace_id: traceId };
  }

  set(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes))
      if (value !== undefined) this.span.setAttribute(name, value);
  }

  end(failure?: string, at?: number): void {
    if (failure !== undefined)
      this.span.setStatus({ code: SpanStatusCode.ERROR, message: failure.slice(0, MAX_MESSAGE) });
    this.span.end(at);
  }
}

/** As the SDK reads the variable itself; here they may come from a file. */
function headersIn(pairs = ''): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of pairs.split(',').filter((one) => one.includes('='))) {
    const at = pair.indexOf('=');
    headers[pair.slice(0, at).trim()] = decoded(pair.slice(at + 1).trim());
  }
  return headers;
}

/** Values are percent-encoded where they have to be. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function isUnsampled({ traceparent }: TraceContext): boolean {
  return parseTraceparent(traceparent)?.isSampled === false;
}

function contextOf(parent: TraceContext | undefined): Context {
  const ids = parseTraceparent(parent?.traceparent);
  if (ids === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = ids;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    traceState: parent?.tracestate === undefined ? undefined : createTraceState(parent.tracestate),
    isRemote: true,
  });
}
