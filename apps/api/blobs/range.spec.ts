/** One range of bytes, as RFC 9110 has it; what is not honoured is ignored. */
import { parseRange } from './range';

it.each([
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=2-4', { start: 2, end: 4 }],
  ['bytes=7-', { start: 7, end: 9 }],
  ['bytes=5-1000', { start: 5, end: 9 }],
  ['bytes=-3', { start: 7, end: 9 }],
  ['bytes=-1000', { start: 0, end: 9 }],
  ['bytes=-0', 'beyond'],
  ['bytes=10-', 'beyond'],
  ['bytes=10-20', 'beyond'],
  ['bytes=4-2', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,3-4', undefined],
  ['bytes=a-b', undefined],
  ['items=0-1', undefined],
  ['', undefined],
  [undefined, undefined],
])('%s of 10 bytes', (header, range) => {
  expect(parseRange(header, 10)).toEqual(range);
});

it('has nothing to give of an empty body', () => {
  expect(parseRange('bytes=0-', 0)).toBe('beyond');
  expect(parseRange('bytes=-1', 0)).toBe('beyond');
  expect(parseRange(undefined, 0)).toBeUndefined();
});
