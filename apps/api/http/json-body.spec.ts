/** A large `data` that is not parsed keeps the rules of one that is. */
import fc from 'fast-check';
import { Refusal } from '@invoq/contract/errors';
import { jsonTextOf, mustBeJson, parseAround, parseJsonText, RawJson } from './json-body';
import { MAX_DEPTH, mustHaveSmallFields, MAX_SMALL_BYTES } from './small-fields';

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

/** As a route with `rawData` reads it. */
function read(text: string): { data: string; [field: string]: unknown } {
  const body = Buffer.from(text);
  const parsed = parseAround(body, mustHaveSmallFields(body)!) as { data: unknown };
  expect(parsed.data).toBeInstanceOf(RawJson);
  return { ...parsed, data: jsonTextOf(parsed.data, 'data') };
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
])('with %s is refused', (_, data) => {
  for (const body of [`{"data":${data}}`, `{"data":${data},"sync":true}`, `{"sync":true, "data": ${data} }`]) {
    expect(isTaken(() => parseJsonText(body, 'body'))).toBe(false);
    const bytes = Buffer.from(body);
    expect(isTaken(() => {
      const span = mustHaveSmallFields(bytes);
      const parsed = (span ? parseAround(bytes, span) : parseJsonText(body, 'body')) as { data: unknown };
      jsonTextOf(parsed.data, 'data');
    })).toBe(false); // prettier-ignore
  }
});

test('the name of a field that only ends like one that is not allowed is allowed', () => {
  for (const text of ['{"a\\"__proto__":1}', '{"a":"\\"__proto__\\":"}', '{"constructor":{"a":1}}']) {
    expect(isTaken(() => parseJsonText(text, 'body'))).toBe(isTaken(() => mustBeJson(text, 'body')));
  }
});
