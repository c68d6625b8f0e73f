/** Which calls a list takes by its filters. */
import type { Status } from './invocation';
import { fits, LIST_FILTERS, type ListFilters, readFilters } from './list-filters';

const call = {
  status: 'failed' as Status,
  startedAt: '2026-11-26T10:00:00.000Z',
  runMs: 50,
  workerID: '2-w',
  tags: ['red', 'a,b'],
};
const never = { status: 'expired' as Status, startedAt: undefined, runMs: 0, workerID: undefined };

test.each<[string, ListFilters, boolean]>([
  ['nothing asked', {}, true],
  ['its status among others', { status: ['lost', 'failed'] }, true],
  ['another status', { status: 'lost' }, false],
  ['as long as it ran', { minRunMs: 50 }, true],
  ['longer than it ran', { minRunMs: 51 }, false],
  ['an error', { hasError: true }, true],
  ['no error', { hasError: false }, false],
  ['its worker', { workerID: '2-w' }, true],
  ['the beginning of its worker', { workerID: '2-' }, false],
  ['one of its tags', { tag: 'a,b' }, true],
  ['the beginning of a tag', { tag: 're' }, false],
  ['all of it', { minRunMs: 1, hasError: true, workerID: '2-w', status: ['failed'] }, true],
  ['all but one', { minRunMs: 1, hasError: true, workerID: '2-v', status: ['failed'] }, false],
])('a failed call: %s', (_, filter, expected) => expect(fits(filter, call)).toBe(expected));

test('what never ran has run no time at all, and on no worker', () => {
  expect(fits({ minRunMs: 0 }, never)).toBe(false);
  expect(fits({ workerID: '2-w' }, never)).toBe(false);
  expect(fits({ hasError: true }, never)).toBe(true);
});

test.each(['queued', 'running', 'retrying', 'succeeded'] as const)('%s is no error', (status) => {
  expect(fits({ hasError: true }, { ...call, status })).toBe(false);
  expect(fits({ hasError: false }, { ...call, status })).toBe(true);
});

test('what the query says is read; what it does not say is no filter', () => {
  expect(
    readFilters({ status: 'lost,failed', minRunMs: '50', hasError: 'false', tag: 'a b', workerID: undefined }),
  ).toEqual({
    status: ['lost', 'failed'],
    minRunMs: 50,
    hasError: false,
    tag: 'a b',
  });
});

test.each([
  ['tag', 'é', true],
  ['tag', '👍'.repeat(64), true],
  ['tag', '👍'.repeat(65), false],
  ['tag', 'a\nb', false],
  ['tag', '\ud800', false],
  ['status', 'lost,,failed', false],
  ['parentID', '0', false],
] as const)('%s=%j is taken: %s', (name, text, taken) => expect(LIST_FILTERS[name].pattern.test(text)).toBe(taken));
