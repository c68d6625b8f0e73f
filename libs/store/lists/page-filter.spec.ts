import type { Status } from '@invoq/contract/invocation';
import { fits, fitsByID, readsRecords, type PageFilter } from './page-filter';

const call = { status: 'failed' as Status, startedAt: '2026-11-26T10:00:00.000Z', runMs: 50, workerID: '2-w' };
const never = { status: 'expired' as Status, startedAt: undefined, runMs: 0, workerID: undefined };

test.each<[string, PageFilter, boolean]>([
  ['nothing asked', {}, true],
  ['its status among others', { statuses: new Set<Status>(['lost', 'failed']) }, true],
  ['another status', { statuses: new Set<Status>(['lost']) }, false],
  ['as long as it ran', { minRunMs: 50 }, true],
  ['longer than it ran', { minRunMs: 51 }, false],
  ['an error', { hasError: true }, true],
  ['no error', { hasError: false }, false],
  ['its worker', { workerID: '2-w' }, true],
  ['the beginning of its worker', { workerID: '2-' }, false],
  ['all of it', { minRunMs: 1, hasError: true, workerID: '2-w', statuses: new Set<Status>(['failed']) }, true],
  ['all but one', { minRunMs: 1, hasError: true, workerID: '2-v', statuses: new Set<Status>(['failed']) }, false],
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

test('a requestID is told by the list alone', () => {
  expect(fitsByID({ requestID: 'ab' }, 'abc')).toBe(true);
  expect(fitsByID({ requestID: 'ab' }, 'cab')).toBe(false);
  expect(readsRecords({ requestID: 'ab' })).toBe(false);
  expect(readsRecords({ minRunMs: 0 })).toBe(true);
});
