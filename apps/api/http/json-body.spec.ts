/** A large `data` that is not parsed keeps the rules of one that is. */
import fc from 'fast-check';
import { Refusal } from '@invoq/contract/errors';
import { BodyScan, MAX_DEPTH, MAX_SMALL_BYTES, WHOLE, withoutBlanks } from './body-scan';
import type { RawJson } from './json-body';
import { jsonTextOf, mustBeJson, parseAround, parseJsonText } from './json-body';

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
