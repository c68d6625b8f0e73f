/** A large `data` that is not parsed keeps the rules of one that is. */
import fc from 'fast-check';
import { Refusal } from '@invoq/contract/refusal';
import { BodyScan, MAX_DEPTH, MAX_SMALL_BYTES, WHOLE, withoutBlanks } from './body-scan';
import type { RawJson } from './json-body';
import { jsonTextOf, mustBeJson, mustBeUtf8, parseAround, parseJsonText, parseSmallBody } from './json-body';
import { utf8Bytes } from './read-body';

const isTaken = (look: () => unknown): boolean => {
  try {
    look();
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
};
const long = 'x'.repeat(MAX_SMALL_BYTES);

/** As a route reads it that carries `data` unparsed. */
function read(text: string): { data: string; [field: string]: unknown } {
  const body = Buffer.from(text);
  const scan = new BodyScan('data');
  scan.look(body, body.length);
  const parsed = parseAround(body, 'data', withoutBlanks(body, scan.end()!)) as { data: unknown };
  return { ...parsed, data: (jsonTextOf(parsed.data) as RawJson).text() };
}

test('is the same data, and so are the fields around it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.jsonValue(), fc.boolean(), (value, small, isFirst) => {
      fc.pre(!JSON.stringify([value, small]).includes('__proto__'));
      const data = [value, long];
      const body = isFirst ? { data, a: small, z: 1 } : { a: small, z: 1, data };
      const { data: text, ...rest } = read(JSON.stringify(body, null, isFirst ? 2 : 0));
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
      expect(rest).toEqual(JSON.parse(JSON.stringify({ a: small, z: 1 })));
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['a comma too much', `["${long}",]`],
  ['an end too much', `["${long}"]]`],
  ['an end too little', `[["${long}"]`],
  ['another kind of end', `["${long}"}`],
  ['two values', `"${long}" 1`],
  ['a field too deep', '['.repeat(MAX_DEPTH) + `"${long}"` + ']'.repeat(MAX_DEPTH)],
  ['__proto__', `{"a":"${long}","b":[{"__proto__" : 1}]}`],
  ['__proto__ with escapes', `{"a":"${long}","\\u005f_pro\\u0074o__":1}`],
  ['constructor.prototype', `{"a":"${long}","constructor":{"prototype":1}}`],
  ['constructor.prototype with escapes', `{"a":"${long}","\\u0063onstructor":{"a":{},"prototyp\\u0065":1}}`],
])('with %s is refused', (_, data) => {
  for (const body of [`{"data":${data}}`, `{"data":${data},"sync":true}`, `{"sync":true, "data": ${data} }`]) {
    expect(isTaken(() => parseJsonText(body, WHOLE))).toBe(false);
    expect(isTaken(() => read(body))).toBe(false);
  }
});

test('what only looks like a name that is not allowed is allowed', () => {
  for (const text of [
    '{"a\\"__proto__":1}',
    '{"a":"\\"__proto__\\":"}',
    '{"a":"__proto__"}',
    '{"constructor":{"a":1}}',
    '{"constructor":{"a":{"prototype":1}}}',
    '{"constructor":[{"prototype":1}],"prototype":1}',
    '[{"constructor":1},{"prototype":1}]',
    '{"a\\u005f_proto__":1}',
  ]) {
    expect(isTaken(() => parseJsonText(text, WHOLE))).toBe(true);
    expect(isTaken(() => mustBeJson(text, WHOLE))).toBe(true);
  }
});

const refusal = (look: () => unknown): Refusal => {
  try {
    look();
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error('it was taken');
};

test.each<[string, string, string]>([
  ['{"timeoutMs":1e400}', 'timeoutMs', '1e400 at byte 14 of the body'],
  ['{"sync":true,"data":{"id":[1, 9007199254740993 ]}}', 'data', '9007199254740993 at byte 31 of the body'],
  ['\uFEFF{"data":-1e999}', 'data', '-1e999'],
  ['12345678901234567890', 'body', '12345678901234567890 at byte 1 of the body'],
])('a small body with a number that is not kept is refused by place: %s', (text, field, place) => {
  const { message, fields } = refusal(() => parseSmallBody(Buffer.from(text)));
  expect(fields![0].field).toBe(field);
  expect(message).toContain(place);
  expect(message).toContain('send it as a string');
});

test('what only looks like such a number is taken', () => {
  const text = '\uFEFF{"data":"12345678901234567890 1e400","1e400":{"12345678901234567890":0.12345678901234567890}}';
  expect(parseSmallBody(Buffer.from(text))).toEqual(JSON.parse(text.slice(1)));
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`f${i}`, 1]));
  const body = { ...many, id: '1234567890123456789' };
  expect(parseSmallBody(Buffer.from(JSON.stringify(body)))).toEqual(body);
});

test('JSON in a text is refused by the name of its field', () => {
  expect(refusal(() => mustBeJson('[1e400]', 'request_data')).message).toContain('1e400 at byte 2 of the request_data');
  expect(refusal(() => mustBeJson('"\ud800"', 'request_data')).fields![0].field).toBe('request_data');
  expect(isTaken(() => mustBeJson('"😀\\ud800"', 'request_data'))).toBe(true);
});

test.each([
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['application/json;charset="UTF8"', true],
  ['application/json; v=1; charset=us-ascii', true],
  ['application/json; charset=gbk', false],
  ['application/json;Charset="utf-16"', false],
  ['application/json; charset=iso-8859-1', false],
])('%s: taken %s', (contentType, taken) => {
  expect(isTaken(() => mustBeUtf8(contentType))).toBe(taken);
  if (!taken) expect(refusal(() => mustBeUtf8(contentType)).message).toContain('charset=utf-8');
});

test('the first byte that is no UTF-8 is found', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom([0xff], [0xc4, 0xe3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98, 0x41], [0x80]),
      fc.string({ maxLength: 40 }),
      (before, bad, after) => {
        const good = Buffer.from(before);
        expect(utf8Bytes(Buffer.concat([good, Buffer.from(bad), Buffer.from(after)]))).toBe(good.length);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(utf8Bytes(Buffer.from('{"a":"é"}').subarray(0, 7))).toBe(6);
});
