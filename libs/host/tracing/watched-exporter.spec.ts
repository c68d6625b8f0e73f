/** Spans that cannot be delivered: said once, however many they are. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { WatchedExporter } from './watched-exporter';

const results: boolean[] = [];
const said: [string, object][] = [];
const log = {
  warn: (fields: object) => void said.push(['warn', fields]),
  info: (fields: object) => void said.push(['info', fields]),
};
const receiver: SpanExporter = {
  export: (_spans, onResult) => {
    const isThere = results.shift();
    onResult(isThere ? { code: 0 } : { code: 1, error: Object.assign(new Error(''), { code: 'ECONNREFUSED' }) });
  },
  shutdown: () => Promise.resolve(),
};
const spans = (count: number): ReadableSpan[] => Array.from({ length: count }, () => ({}) as ReadableSpan);

it('says that the receiver is away, and that it is back with what was lost', () => {
  const exporter = new WatchedExporter(receiver, log);
  results.push(true, false, false, false, true, true);
  const codes: number[] = [];
  for (let i = 0; i < 6; i++) exporter.export(spans(10), ({ code }) => codes.push(code));
  expect(codes).toEqual([0, 1, 1, 1, 0, 0]);
  expect(said).toEqual([
    ['warn', { event: 'traces are lost', error: 'ECONNREFUSED' }],
    ['info', { event: 'traces are delivered', lost: 30 }],
  ]);
});
