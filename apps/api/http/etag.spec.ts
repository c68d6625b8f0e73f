import { isKnown, weakTag } from './etag';

test.each([
  [undefined, false],
  ['"a.1"', true],
  ['W/"a.1"', true],
  ['"b", W/"a.1"', true],
  ['*', true],
  ['a.1', false],
  ['"a.10"', false],
  ['', false],
])('If-None-Match: %s', (header, known) => expect(isKnown({ 'if-none-match': header }, 'a.1')).toBe(known));

test('is weak', () => expect(weakTag('a.1')).toBe('W/"a.1"'));
