/** Bodies that are large where nothing large belongs are refused by their bytes. */
import fc from 'fast-check';
import { Refusal } from '@invoq/contract/errors';
import { MAX_SMALL_BYTES, mustHaveSmallFields } from './small-fields';

const MB = 1_048_576;

function faultOf(body: unknown): string | undefined {
  try {
    mustHaveSmallFields(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.fields![0].field;
    throw error;
  }
}

const long = 'x'.repeat(MAX_SMALL_BYTES);

test.each<[string, unknown]>([
  ['data', { data: long, sync: true }],
  ['data, whatever is in it', { data: [{ runAt: long }, '"},"runAt":"', long], sync: true }],
  ['items', { items: [long, long] }],
  ['request_data', { action: 'a', request_data: JSON.stringify({ a: long }) }],
  ['nothing', ''],
])('%s may be large', (_, body) => expect(faultOf(body)).toBeUndefined());

test.each<[string, unknown, string]>([
  ['what is no object', `["${long}"]`, 'body'],
  ['what is no JSON', '{'.repeat(MB), 'body'],
  ['a large runAt', { data: 1, runAt: long }, 'runAt'],
  ['a large part', { retry: { a: { data: long } } }, 'retry'],
  ['a text that only looks like data', { a: '"data":', b: `,"data":"${long}` }, 'b'],
  ['data inside of another field', { a: { data: long } }, 'a'],
  ['data in other letters', `{"d\\u0061ta":"${long}"}`, 'd\\u0061ta'],
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
      expect(faultOf({ ...small, data: [data, long] })).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('a body that nests too deep is refused before its end', () => {
  expect(faultOf(`{"data":${'['.repeat(10_000)}`)).toBe('body');
});

test('1 MiB of field names is looked at in a few ms', () => {
  let body = '{';
  for (let i = 0; body.length < MB; i++) body += `"f${i.toString(36)}":1,`;
  const bytes = Buffer.from(body);
  const times = Array.from({ length: 5 }, () => {
    const { user } = process.cpuUsage();
    expect(() => mustHaveSmallFields(bytes)).toThrow(Refusal);
    return process.cpuUsage().user - user;
  });
  expect(Math.min(...times) / 1_000).toBeLessThan(15);
});
