import type { ListedFunction, QueueView, WorkerView } from '@invoq/client/index';
import { troublesIn, troublesOf } from './troubles';

const NOW = Date.parse('2026-11-27T10:00:00Z');
const lane = { lane: 'async', depth: 0, held: 0, oldestAgeMs: 0, running: 0, slots: 4, workers: 1 };
const queue = (name: string, more: Partial<typeof lane>): QueueView => ({
  queue: name,
  paused: false,
  lanes: [{ ...lane, ...more }],
});
const worker = (seenAgoMs: number, more: Partial<WorkerView> = {}) =>
  ({
    id: '2-a',
    host: 'h',
    pid: 1,
    state: 'ready',
    seenAt: new Date(NOW - seenAgoMs).toISOString(),
    ...more,
  }) as WorkerView;

test('nothing is told while all is well', () => {
  expect(troublesIn([queue('a', { depth: 3, oldestAgeMs: 900 })], [worker(500)], [], [], NOW)).toEqual([]);
});

test('the worst comes first, each with where to look', () => {
  const found = troublesIn(
    [queue('old', { depth: 2, oldestAgeMs: 840_000, running: 4 }), queue('none', { depth: 1, slots: 0 })],
    [worker(40_000), worker(500, { state: 'refusing', reasons: ['The secret differs.'] })],
    [{ name: 'f', loadProblem: { file: 'f.js', reason: 'no' } } as ListedFunction],
    [],
    NOW,
  );
  expect(found.map(({ kind, to }) => [kind, to])).toEqual([
    ['unserved', '/queues'],
    ['silent', '/workers'],
    ['worker', '/workers'],
    ['oldest', '/queues'],
    ['broken', '/functions/f'],
  ]);
  expect(found[3].values).toMatchObject({ queue: 'old', ageMs: 840_000, running: 4, slots: 4 });
});

test('a function is told when it fails more than it did, of enough calls', () => {
  const troublesOf = (bad: number, total: number, usualBad: number, usualTotal: number) =>
    troublesIn([], [], [], [{ name: 'f', bad, total, usualBad, usualTotal }], NOW).map(({ kind, values }) => [
      kind,
      values.nowShare,
    ]);
  expect(troublesOf(31, 100, 20, 1_000)).toEqual([['fails', 0.31]]);
  expect(troublesOf(31, 100, 300, 1_000)).toEqual([]);
  expect(troublesOf(5, 9, 0, 0)).toEqual([]);
  expect(troublesOf(4, 100, 0, 0)).toEqual([]);
});

test('Redis near its memory comes before dead letters; neither is told when all is well', () => {
  expect(troublesOf({ deadLetters: 3, storeUsed: 0.85 }).map(({ kind, isBad }) => [kind, isBad])).toEqual([
    ['memory', true],
    ['letters', false],
  ]);
  expect(troublesOf({ deadLetters: 0, storeUsed: 0.5 })).toEqual([]);
  expect(troublesOf({ deadLetters: 0 })).toEqual([]);
});
