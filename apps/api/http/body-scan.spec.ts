/** Bodies are looked at as they arrive: what is no JSON, and what is large where nothing large belongs, is refused. */
import fc from 'fast-check';
import { Refusal } from '@invoq/contract/refusal';
import { BodyScan, MAX_SMALL_BYTES, WHOLE } from './body-scan';
import { isKept, MAY_NOT_BE_KEPT } from './json-number';

const MB = 1_048_576;

/** `steps`: in as many parts it arrives. */
function scanned(text: string, carrier?: string, steps = 1): BodyScan {
  const bytes = Buffer.from(text);
  const scan = new BodyScan(carrier);
  for (let step = 1; step <= steps; step++) scan.look(bytes, Math.floor((bytes.length * step) / steps));
  return scan;
}

function faultOf(body: unknown, carrier = 'data', steps = 1): string | undefined {
  try {
    scanned(typeof body === 'string' ? body : JSON.stringify(body), carrier, steps).end();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.fields![0].field;
    throw error;
  }
}

const PIECES = ['{', '}', '[', ']', ',', ':', '"', '\\', '\\u', '0', '1', '-', '.', 'e', '+', 'true', 'null', 'false', ' ', '\n', 'a', '\u0001', '"a"', 'é', '\\u00e9', '{"a":1}', '[]', '1e5', '\u00a0']; // prettier-ignore

test('agrees with JSON.parse, however a text arrives', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 7 }).map((all) => all.join('')),
        fc.json(),
      ),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(WHOLE, 'a', undefined),
      (text, steps, carrier) => {
        fc.pre(!text.includes('__proto__') && !MAY_NOT_BE_KEPT.test(text));
        const fault = faultOf(text, carrier, steps);
        // A field that is large may be given once.
        fc.pre(carrier !== 'a' || fault === undefined || (text.match(/"a"|"\\u0061"/g) ?? []).length < 2);
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect([text, fault === undefined]).toEqual([text, parses]);
      },
    ),
    { numRuns: 20_000 },
  );
}, 60_000);

const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^[1-9]\\d{${min},${max}}$`));
/** All ways to write a number, most of them long ones. */
const numbers = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(digits(0, 3), digits(13, 19), digits(305, 312), fc.constant('0')),
    fc.oneof(fc.constant(''), digits(0, 20).map((fraction) => `.${fraction}`)),
    fc.oneof(fc.constant(''), fc.tuple(fc.constantFrom('e', 'E+', 'e-'), fc.integer({ max: 400, min: 0 })).map((all) => all.join(''))),
  )
  .map((parts) => parts.join('')); // prettier-ignore

test('a number that JavaScript cannot keep is refused wherever it stands, and no other', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        numbers,
        fc.double().map((double) => JSON.stringify(double)),
      ),
      fc.constantFrom<[string, string]>(
        ['', ''], [' ', '\n'], ['[', ']'], ['[1,', ',1]'], ['{"a":', '}'], ['{"b":1,"a":', ',"c":[]}'], ['{"data":[{"a":', ' }]}'],
      ), // prettier-ignore
      fc.constantFrom(WHOLE, 'a', 'data', undefined),
      fc.integer({ min: 1, max: 5 }),
      (number, [before, after], carrier, steps) => {
        const text = before + number + after;
        expect([text, faultOf(text, carrier, steps) === undefined]).toEqual([text, isKept(number)]);
        // Small bodies are looked at when this says so.
        if (!isKept(number)) expect(text).toMatch(MAY_NOT_BE_KEPT);
      },
    ),
    { numRuns: 20_000 },
  );
}, 60_000);

test.each(['12345678901234568', '1700000000123456', '1e300', '-1700000000000000000'])(
  '1 MiB of %s is looked at in a few ms',
  (number) => {
    const bytes = Buffer.from(`{"data":[${`${number},`.repeat(MB / (number.length + 1))}0]}`);
    const times = Array.from({ length: 5 }, () => {
      const { user } = process.cpuUsage();
      try {
        new BodyScan('data').look(bytes, bytes.length);
      } catch (refusal) {
        expect((refusal as Refusal).message).toContain('data must have at most 1000 numbers of more than 15 digits');
      }
      return process.cpuUsage().user - user;
    });
    expect(Math.min(...times) / 1_000).toBeLessThan(15);
  },
);

const long = 'x'.repeat(MAX_SMALL_BYTES);

test.each<[string, unknown]>([
  ['data', { data: long, sync: true }],
  ['data, whatever is in it', { data: [{ runAt: long }, '"},"runAt":"', long], sync: true }],
  ['data in other letters', `{"d\\u0061ta":"${long}"}`],
])('%s may be large', (_, body) => expect(faultOf(body)).toBeUndefined());

test.each<[string, unknown, string]>([
  ['what is no object', `["${long}"]`, 'body'],
  ['what is no JSON', '{'.repeat(MB), 'body'],
  ['a large runAt', { data: 1, runAt: long }, 'runAt'],
  ['a large part', { retry: { a: { data: long } } }, 'retry'],
  ['a text that only looks like data', { a: '"data":', b: `,"data":"${long}` }, 'b'],
  ['data inside of another field', { a: { data: long } }, 'a'],
  ['another one that may be large elsewhere', { items: [long] }, 'items'],
  ['data that comes twice', `{"data":1,"d\\u0061ta":"${long}"}`, 'data'],
  ['data that is no JSON', `{"data":{"a" 1}}`, 'data'],
  ['many small ones', Object.fromEntries(Array.from({ length: 9_999 }, (__, i) => [`f${i}`, i])), 'f100'],
  [
    'a small body of many names',
    Object.fromEntries(Array.from({ length: 999 }, (__, i) => [`field${i}`, i])),
    'field100',
  ],
])('%s is refused by its name', (_, body, field) => expect(faultOf(body)).toBe(field));

test('a body whose small fields are small passes, whatever the large one holds', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.dictionary(fc.string(), fc.jsonValue()), (data, small) => {
      fc.pre(!JSON.stringify([data, small]).includes('__proto__'));
      expect(faultOf({ ...small, data: [data, long] })).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('a body that nests too deep is refused before its end', () => {
  expect(faultOf(`{"data":${'['.repeat(10_000)}`)).toBe('body');
});

test('1 MiB of field names is looked at in a few ms', () => {
  let body = '{"data":{';
  for (let i = 0; body.length < MB; i++) body += `"f${i.toString(36)}":1,`;
  const bytes = Buffer.from(body);
  const times = Array.from({ length: 5 }, () => {
    const { user } = process.cpuUsage();
    new BodyScan('data').look(bytes, bytes.length);
    return process.cpuUsage().user - user;
  });
  expect(Math.min(...times) / 1_000).toBeLessThan(15);
});
