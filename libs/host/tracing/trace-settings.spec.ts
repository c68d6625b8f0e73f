/** Traces are on where somebody says where they go, and nowhere else. */
import { readSettings } from '../read-settings';
import { isTracingOn, TRACE_SETTINGS } from './trace-settings';

const read = (env: Record<string, string>) => readSettings(TRACE_SETTINGS, { argv: [], env });
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

it.each([
  [{}, false],
  [ENDPOINT, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }, true],
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
  [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, false],
  [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }, false],
  [{ OTEL_SERVICE_NAME: 'mine', OTEL_TRACES_SAMPLER: 'always_on' }, false],
])('%j: %s', (env, isOn) => expect(isTracingOn(read(env))).toBe(isOn));

it.each([
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
  { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
  { OTEL_TRACES_EXPORTER: 'zipkin' },
  { OTEL_TRACES_SAMPLER: 'sometimes' },
  { OTEL_TRACES_SAMPLER_ARG: '2' },
  { OTEL_RESOURCE_ATTRIBUTES: 'nonsense' },
  { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '0' },
  { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '-5' },
  { OTEL_BSP_MAX_QUEUE_SIZE: '0' },
] as Record<string, string>[])('refuses %j, and names it', (env) => {
  expect(() => read(env)).toThrow(Object.keys(env)[0]);
});

it('shows no header of the receiver, which may be a key', () => {
  expect(() => read({ OTEL_EXPORTER_OTLP_HEADERS: 'the-secret' })).toThrow(
    /^(?!.*the-secret).*OTEL_EXPORTER_OTLP_HEADERS/,
  );
});
