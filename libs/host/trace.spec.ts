/** traceparent, by the examples and the rules of the W3C recommendation. */
import { continueTrace, makeTraceparent, parseTraceparent } from './trace';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

test.each([
  [`00-${traceId}-${spanId}-01`, true],
  [`00-${traceId}-${spanId}-00`, false],
  [`00-${traceId}-${spanId}-03`, true],
  [` 00-${traceId}-${spanId}-01 `, true],
  [`cc-${traceId}-${spanId}-01-what-the-future-brings`, true],
])('reads %j', (header, sampled) => expect(parseTraceparent(header)).toEqual({ traceId, spanId, sampled }));

test.each([
  undefined,
  '',
  'junk',
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${traceId}-${spanId}`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `0-${traceId}-${spanId}-01`,
  `cc-${traceId}-${spanId}-01-${'x'.repeat(300)}`,
])('takes %j for none', (header) => expect(parseTraceparent(header)).toBeUndefined());

test('a trace goes on with a new span, and a new one begins without a parent', () => {
  const parent = { traceId, spanId, sampled: true };
  const next = continueTrace(parent);
  expect(next).toEqual({ traceId, spanId: expect.stringMatching(/^[0-9a-f]{16}$/), sampled: true });
  expect(next.spanId).not.toBe(spanId);
  const fresh = continueTrace();
  expect(fresh.sampled).toBe(false);
  expect(parseTraceparent(makeTraceparent(fresh))).toEqual(fresh);
  expect(continueTrace().traceId).not.toBe(fresh.traceId);
});
