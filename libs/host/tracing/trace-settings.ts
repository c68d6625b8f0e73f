/**
 * The settings of traces, by the names that OpenTelemetry gives them. The SDK reads the environment itself; these are
 * checked here and described, so that a misspelt one ends the start with a sentence.
 */
import { setting, type SettingsOf } from '../read-settings';
import { boolean, integer, oneOf, text, url } from '../setting-parsers';

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof PROTOCOLS)[number];
const EXPORTERS = ['otlp', 'none'] as const;
export type TracesExporter = (typeof EXPORTERS)[number];
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type TracesSampler = (typeof SAMPLERS)[number];

const PAIRS = /^\s*[^=,\s]+\s*=[^,]*(,\s*[^=,\s]+\s*=[^,]*)*$/;
/** Of a queue of spans: more of them would be the memory of the process. */
const MAX_SPANS = 100_000;
const RATIO = /^(0(\.\d+)?|1(\.0+)?)$/;

export const TRACE_SETTINGS = {
  otlpEndpoint: setting<string | undefined>({ env: 'OTEL_EXPORTER_OTLP_ENDPOINT', default: undefined, parse: url('http:', 'https:'), doc: 'An OTLP receiver: turns traces on and sends them to /v1/traces there. Default: no traces.' }),
  otlpTracesEndpoint: setting<string | undefined>({ env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', default: undefined, parse: url('http:', 'https:'), doc: 'The same for traces alone, with the whole path.' }),
  otlpHeaders: setting<string | undefined>({ env: 'OTEL_EXPORTER_OTLP_HEADERS', default: undefined, parse: text('name=value pairs with commas between', PAIRS), doc: 'Headers for the OTLP receiver, such as a key of its own.', secret: true }),
  otlpProtocol: setting<OtlpProtocol>({ env: 'OTEL_EXPORTER_OTLP_PROTOCOL', default: 'http/protobuf', parse: oneOf(...PROTOCOLS), doc: 'How spans are written for the OTLP receiver.' }),
  tracesExporter: setting<TracesExporter | undefined>({ env: 'OTEL_TRACES_EXPORTER', default: undefined, parse: oneOf(...EXPORTERS), doc: 'otlp: traces are on, without an endpoint to http://localhost:4318; none: off, whatever the endpoint. Default: on with an endpoint.' }),
  tracesSampler: setting<TracesSampler>({ env: 'OTEL_TRACES_SAMPLER', default: 'parentbased_always_on', parse: oneOf(...SAMPLERS), doc: 'Which traces are kept.' }),
  tracesSamplerArg: setting<string | undefined>({ env: 'OTEL_TRACES_SAMPLER_ARG', default: undefined, parse: text('a number from 0 to 1', RATIO), doc: 'The share of traces that a sampler with a ratio keeps. Default: 1.' }),
  otelServiceName: setting<string | undefined>({ env: 'OTEL_SERVICE_NAME', default: undefined, parse: text(), doc: 'The name of this process in traces. Default: invoq-api, invoq-worker.' }),
  otelAttributes: setting<string | undefined>({ env: 'OTEL_RESOURCE_ATTRIBUTES', default: undefined, parse: text('name=value pairs with commas between', PAIRS), doc: 'Attributes of this process in traces, such as deployment.environment.name=test.' }),
  otelBatchSize: setting<number | undefined>({ env: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', default: undefined, parse: integer(1, MAX_SPANS), doc: 'Spans that are sent to the OTLP receiver at a time. Default: 512.' }),
  otelQueueSize: setting<number | undefined>({ env: 'OTEL_BSP_MAX_QUEUE_SIZE', default: undefined, parse: integer(1, MAX_SPANS), doc: 'Spans that may wait to be sent; what is over is dropped. Default: 2048.' }),
  otelDisabled: setting({ env: 'OTEL_SDK_DISABLED', default: false, parse: boolean(), doc: 'No traces, whatever the other settings.' }),
}; // prettier-ignore

export type TraceSettings = SettingsOf<typeof TRACE_SETTINGS>;

/** By default nothing is traced: somebody has to say where traces go. */
export function isTracingOn(settings: TraceSettings): boolean {
  const { otelDisabled, tracesExporter, otlpEndpoint, otlpTracesEndpoint } = settings;
  if (otelDisabled || tracesExporter === 'none') return false;
  return tracesExporter === 'otlp' || otlpEndpoint !== undefined || otlpTracesEndpoint !== undefined;
}
