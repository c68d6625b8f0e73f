import { MOMENT_MS } from './packing';
import { mostAhead, showsNobodyIdle } from './taking-ahead';

describe('calls taken ahead', () => {
  test.each([
    ['nothing is known of the lane yet', { paceMs: undefined, oldestMs: 0 }, 0],
    ['its calls are short', { paceMs: 1, oldestMs: 1 }, 8],
    ['its calls are short in the mean, and none runs', { paceMs: 3.9, oldestMs: 0 }, 8],
    ['its calls take a while', { paceMs: 4, oldestMs: 1 }, 0],
    ['one of its short calls turns out long', { paceMs: 0.5, oldestMs: MOMENT_MS }, 0],
  ])('%s', (_, pace, calls) => {
    expect(mostAhead(8, pace)).toBe(calls);
  });

  test('only a call that waited in line shows that no worker is idle', () => {
    expect([0, 1, 2, 50].map(showsNobodyIdle)).toEqual([false, false, true, true]);
  });
});
