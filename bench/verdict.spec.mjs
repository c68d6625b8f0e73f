/** When the smoke run says that we became slower. */
import { expect, test } from '@jest/globals';
import { judge } from './verdict.mjs';

const BASELINE = { rate: 1, cpu: 1, latency: 1 };
const all = (value) => Object.fromEntries(Object.keys(BASELINE).map((kind) => [kind, spreadAt(value)]));
const spreadAt = (value) => ({ median: value, min: value, max: value });

test('a ratio may be worse by a quarter, and no more', () => {
  expect(judge('sync-64', BASELINE, { ratios: all(0.76) }).passed).toBe(true);
  expect(judge('sync-64', BASELINE, { ratios: all(0.74) }).passed).toBe(false);
});

test('on a busy machine only CPU time counts', () => {
  const slow = { ...all(0.5), cpu: spreadAt(1) };
  expect(judge('sync-64', BASELINE, { ratios: slow, othersShare: 0.5 }).passed).toBe(true);
  expect(judge('sync-64', BASELINE, { ratios: all(0.5), othersShare: 0.5 }).passed).toBe(false);
});

test('with another load generator than the baseline had, only CPU time is held against it', () => {
  const slow = { ...all(0.5), cpu: spreadAt(1) };
  const { passed, lines } = judge('sync-64', BASELINE, { ratios: slow, isSameLoad: false });
  expect(passed).toBe(true);
  expect(lines).toHaveLength(1);
  expect(judge('sync-64', BASELINE, { ratios: all(0.5), isSameLoad: false }).passed).toBe(false);
});
