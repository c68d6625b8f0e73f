import type { SeenCall } from '../session';
import { storyOf } from './story';

const T0 = Date.parse('2026-11-27T10:00:00.000Z');
const at = (ms: number): string => new Date(T0 + ms).toISOString();
const call = (more: Partial<SeenCall>): SeenCall =>
  ({
    requestID: 'r',
    function: 'f',
    env: 'default',
    mode: 'async',
    attempt: 0,
    queueMs: 0,
    runMs: 0,
    queuedAt: at(0),
    ...more,
  }) as SeenCall;
const kinds = (story: ReturnType<typeof storyOf>) => story.map(({ kind, from, to }) => [kind, from - T0, to - T0]);

test('what waits has waited until now', () => {
  expect(kinds(storyOf(call({ status: 'queued' }), T0 + 900))).toEqual([['waited', 0, 900]]);
});

test('attempts, and the pauses between them', () => {
  const attempts = [
    { attempt: 1, startedAt: at(100), endedAt: at(400), worker: 'a', outcome: 'failed' as const },
    { attempt: 2, startedAt: at(1_400), endedAt: at(1_500), worker: 'b', outcome: 'succeeded' as const },
  ];
  expect(kinds(storyOf(call({ status: 'succeeded', finishedAt: at(1_500), attempts }), T0 + 9_999))).toEqual([
    ['waited', 0, 100],
    ['ran', 100, 400],
    ['pause', 400, 1_400],
    ['ran', 1_400, 1_500],
  ]);
  expect(kinds(storyOf(call({ status: 'retrying', attempts: attempts.slice(0, 1) }), T0 + 700))).toEqual([
    ['waited', 0, 100],
    ['ran', 100, 400],
    ['pause', 400, 700],
  ]);
});

test('a delayed call waits for its time first; one that runs runs until now', () => {
  const attempts = [{ attempt: 1, startedAt: at(600), worker: 'a' }];
  expect(kinds(storyOf(call({ status: 'running', runAt: at(500), attempts }), T0 + 800))).toEqual([
    ['delayed', 0, 500],
    ['waited', 500, 600],
    ['ran', 600, 800],
  ]);
});
