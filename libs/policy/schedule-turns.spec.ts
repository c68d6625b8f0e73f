import { fairly, putOffMs } from './schedule-turns';

const of = (env: string, count: number) => Array.from({ length: count }, (_, n) => ({ env, n }));

it('takes envs in turns, each in its own order', () => {
  const due = [...of('a', 4), ...of('b', 1), ...of('c', 2)];
  const names = (limit: number) => fairly(due, limit).map(({ env, n }) => `${env}${n}`);
  expect(names(5)).toEqual(['a0', 'b0', 'c0', 'a1', 'c1']);
  expect(names(100)).toEqual(['a0', 'b0', 'c0', 'a1', 'c1', 'a2', 'a3']);
  expect(fairly([], 5)).toEqual([]);
});

it('waits twice as long each time, a minute at most', () => {
  expect([0, 1, 2, 5, 6, 1_000].map((tries) => putOffMs(tries, 0))).toEqual([
    1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
  ]);
});

it('waits as long as the refusal asks for, a minute at most', () => {
  expect([putOffMs(0, 5_000), putOffMs(5, 5_000), putOffMs(0, 3_600_000)]).toEqual([5_000, 32_000, 60_000]);
});
