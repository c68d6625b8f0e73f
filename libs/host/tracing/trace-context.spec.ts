/** Trace contexts, by the examples and the rules of the W3C recommendation. */
import { parseTraceparent, readTraceContext, traceFields, traceOfText, traceText } from './trace-context';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${spanId}-01`;

it.each([
  [traceparent, true],
  [`00-${traceId}-${spanId}-00`, false],
  [`00-${traceId}-${spanId}-03`, true],
  [` ${traceparent} `, true],
  [`cc-${traceId}-${spanId}-01-what-the-future-brings`, true],
])('reads %j', (header, isSampled) => expect(parseTraceparent(header)).toEqual({ traceId, spanId, isSampled }));

it.each([
  undefined,
  '',
  'nonsense',
  `ff-${traceId}-${spanId}-01`,
  `${traceparent}-more`,
  `00-${traceId}-${spanId}`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `0-${traceId}-${spanId}-01`,
  `cc-${traceId}-${spanId}-01-${'x'.repeat(300)}`,
])('takes %j for none', (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
  expect(readTraceContext(header, 'vendor=1')).toBeUndefined();
});

it('passes both headers on as they came', () => {
  const header = `cc-${traceId}-${spanId}-01-what-the-future-brings`;
  expect(readTraceContext(header, 'a=1,b=2')).toEqual({ traceparent: header, tracestate: 'a=1,b=2' });
});

it.each(['', 'x'.repeat(513), 'a=\n'])('leaves out the tracestate %j', (tracestate) => {
  expect(readTraceContext(traceparent, tracestate)).toEqual({ traceparent });
});

it.each([{ traceparent }, { traceparent, tracestate: 'a=1, b=2' }])('keeps %j in one text', (trace) => {
  expect(traceOfText(traceText(trace))).toEqual(trace);
});

it('names the trace in the log, and no span that is not its own', () => {
  expect(traceOfText('')).toBeUndefined();
  expect(traceFields(undefined)).toEqual({});
  expect(traceFields({ traceparent })).toEqual({ trace_id: traceId });
});
