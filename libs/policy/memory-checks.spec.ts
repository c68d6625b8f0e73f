import { CHECK_MS, MAX_CHECK_MS, type MemorySeen, nextCheckMs } from './memory-checks';

const MB = 1024 * 1024;
const steady: MemorySeen = {
  ageMs: 5_000,
  bytes: 50 * MB,
  limitBytes: 300 * MB,
  changedBytes: 0,
  hasChildren: false,
  lastMs: MAX_CHECK_MS,
};

it.each<[string, Partial<MemorySeen>, number]>([
  ['steady and far below its limit', {}, MAX_CHECK_MS],
  ['young', { ageMs: 900 }, CHECK_MS],
  ['growing', { changedBytes: 2 * MB }, CHECK_MS],
  ['shrinking, as it may grow again', { changedBytes: -2 * MB }, CHECK_MS],
  ['changing a little, as a timer does', { changedBytes: MB / 2 }, MAX_CHECK_MS],
  ['with child processes', { hasChildren: true }, CHECK_MS],
  ['at its limit', { bytes: 300 * MB }, CHECK_MS],
  ['above its limit', { bytes: 310 * MB }, CHECK_MS],
  ['40 MB below its limit', { bytes: 260 * MB }, CHECK_MS + 20],
  ['steady for one check', { lastMs: CHECK_MS }, 2 * CHECK_MS],
])('%s', (_, seen, expected) => {
  expect(nextCheckMs({ ...steady, ...seen })).toBeCloseTo(expected);
});

it('never leaves more than 25 ms of growth beyond the limit, at the fastest', () => {
  for (let bytes = 0; bytes <= 300 * MB; bytes += 7 * MB) {
    const ms = nextCheckMs({ ...steady, bytes });
    expect(bytes + ms * 2 * MB).toBeLessThanOrEqual(steady.limitBytes + CHECK_MS * 2 * MB);
  }
});
