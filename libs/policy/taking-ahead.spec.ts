import { MOMENT_MS } from './packing';
import { mostAhead, showsNobodyIdle, timesAhead } from './taking-ahead';

describe('calls taken ahead', () => {
  test.each([
    ['nothing is known of the lane yet', { paceMs: undefined, oldestMs: 0 }, 0],
    ['its calls are short', { paceMs: 1, oldestMs: 1 }, 8],
    ['its calls are short in the mean, and none runs', { paceMs: 3.9, oldestMs: 0 }, 8],
    ['its calls take a while', { paceMs: 4, oldestMs: 1 }, 0],
    ['one of its short calls turns out long', { paceMs: 0.5, oldestMs: MOMENT_MS }, 0],
  ])('%s', (_, pace, calls) => {
    expect(mostAhead(8, 1, pace)).toBe(calls);
  });

  test('an async lane takes more, as nothing of it is lost, and no more than have a slot soon', () => {
    expect([timesAhead('sync'), timesAhead('nested-1'), timesAhead('async')]).toEqual([1, 1, 3]);
    expect([0.5, 1.3, 2, 3.9].map((paceMs) => mostAhead(4, 3, { paceMs, oldestMs: 0 }))).toEqual([12, 12, 8, 4]);
  });

  test('only a call that waited in line shows that no worker is idle', () => {
    expect([0, 1, 2, 50].map(showsNobodyIdle)).toEqual([false, false, true, true]);
  });
});
