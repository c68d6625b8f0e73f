/** Short calls gather on as many sandboxes as there are cores; nothing else waits. */
import { isHot, isSoon, mostBehind, paceWith, type PoolState } from './packing';

const short: PoolState = { paceMs: 0.1, young: 2, waiting: 0, cores: 2 };

test.each<[string, Partial<PoolState>, boolean]>([
  ['short calls on every core', {}, true],
  ['a core is free', { young: 1 }, false],
  ['nothing is known yet', { paceMs: undefined }, false],
  ['calls take their time', { paceMs: 1 }, false],
  ['the line is short enough', { waiting: 7 }, true],
  ['the line is too long for a moment', { waiting: 8 }, false],
  ['one core, one call on it', { cores: 1, young: 1 }, true],
])('%s', (_, state, waits) => {
  expect(isHot({ ...short, ...state })).toBe(waits);
});

test('the pace follows what calls take', () => {
  expect(paceWith(0.5, undefined)).toBe(0.5);
  let pace = 0.1;
  for (let i = 0; i < 50; i++) pace = paceWith(5, pace);
  expect(pace).toBeGreaterThan(4);
  for (let i = 0; i < 100; i++) pace = paceWith(0.1, pace);
  expect(pace).toBeLessThan(0.2);
});

test('one call of minutes is forgotten within fifty short ones', () => {
  let pace = paceWith(300_000, 0.1);
  for (let i = 0; i < 50; i++) pace = paceWith(0.1, pace);
  expect(isHot({ ...short, paceMs: pace })).toBe(true);
});

test('as many stand behind a call as are served within a moment', () => {
  expect([0, 0.1, 0.5, 0.9].map(mostBehind)).toEqual([16, 16, 16, 8]);
});

test('brief calls stand behind a few others rather than wake a process', () => {
  const most = (paceMs: number): number => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((n) => isSoon(n, paceMs)).length;
  expect([0.01, 0.03, 0.09, 0.1, 1].map(most)).toEqual([9, 7, 4, 0, 0]);
  expect(isSoon(1, undefined)).toBe(false);
});
