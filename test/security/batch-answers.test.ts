/** A refused batch has an envelope for each item, and each of those is small. */
import { type Stack, startStack } from '../harness/stack';

/** Of the refusal of one item, bytes. */
const MAX_ITEM = 1_024;
const ITEMS = 1_000;

let stack: Stack;
beforeAll(
  async () => (stack = await startStack({ functions: { 'echo.js': 'exports.main = (event) => event' } })),
  60_000,
);
afterAll(() => stack.stop(), 60_000);

const long = (letter: string): string => letter.repeat(900);
test.each<[string, unknown]>([
  ['nothing in them', 0],
  ['a long name that nobody knows', { [long('x')]: 1 }],
  ['a name that is long in UTF-8', { ['\u6f22'.repeat(250)]: 1 }],
  ['a name that is long in JSON', { [`${'"\\'.repeat(200)}`]: 1 }],
  ['many unknown names', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, i]))],
  ['a bad retry', { retry: { on: ['x'.repeat(400)], attempts: 'x', ['y'.repeat(400)]: 1 } }],
  ['a bad runAt', { runAt: long('T') }],
  [
    'a bad callback',
    { callback: { url: `ftp://${'x'.repeat(300)}`, events: ['y'.repeat(250)], ['z'.repeat(250)]: 1 } },
  ],
  ['a bad key', { idempotencyKey: long('k') }],
  ['two things that do not go together', { delayMs: 1, runAt: '2027-01-01T00:00:00Z' }],
])(
  'of %s',
  async (_, item) => {
    const path = '/v1/functions/echo/invocations/batch';
    const { status, body, text } = await stack.http.post(path, { items: Array.from({ length: ITEMS }, () => item) });
    expect([status, body.data.refused]).toEqual([200, ITEMS]);
    for (const one of body.data.items) expect(Buffer.byteLength(JSON.stringify(one))).toBeLessThan(MAX_ITEM);
    expect(Buffer.byteLength(text)).toBeLessThan(ITEMS * MAX_ITEM);
  },
  60_000,
);
