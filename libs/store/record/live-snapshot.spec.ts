/** A watcher is told the same changes in the same order at every look, and whole lines. */
import type { Invocation } from '@invoq/contract/invocation';
import type { Outcome } from '@invoq/contract/outcome';
import { changesOf, LIVE_FIELDS, readSnapshot } from './live-snapshot';

const at = (s: number): string => new Date(s * 1_000).toISOString();
const base: Invocation = {
  requestID: 'x', function: 'f', env: 'default', mode: 'async', status: 'queued', attempt: 0, queuedAt: at(0), queueMs: 0, runMs: 0,
}; // prettier-ignore
const start = (attempt: number, s: number, endedAt?: string, outcome?: Outcome) => ({
  attempt,
  startedAt: at(s),
  endedAt,
  outcome,
  worker: 'w',
});

const LIFE: [string, Partial<Invocation>, string[]][] = [
  ['it waits', {}, ['queued 0 0']],
  ['it runs', { status: 'running', attempt: 1, attempts: [start(1, 1)] }, ['queued 0 0', 'running 1 1']],
  [
    'its worker died',
    { status: 'queued', attempt: 1, attempts: [start(1, 1, at(2), 'lost')] },
    ['queued 0 0', 'running 1 1', 'queued 1 2'],
  ],
  [
    'it runs again',
    { status: 'running', attempt: 2, attempts: [start(1, 1, at(2), 'lost'), start(2, 3)] },
    ['queued 0 0', 'running 1 1', 'queued 1 2', 'running 2 3'],
  ],
  [
    'it failed, and is to be tried again',
    { status: 'retrying', attempt: 2, attempts: [start(1, 1, at(2), 'lost'), start(2, 3, at(4), 'failed')] },
    ['queued 0 0', 'running 1 1', 'queued 1 2', 'running 2 3', 'retrying 2 4'],
  ],
  [
    'it was cancelled while it waited for that',
    {
      status: 'cancelled', attempt: 2, finishedAt: at(5),
      attempts: [start(1, 1, at(2), 'lost'), start(2, 3, at(4), 'failed')],
    },
    ['queued 0 0', 'running 1 1', 'queued 1 2', 'running 2 3', 'retrying 2 4', 'cancelled 2 5'],
  ],
]; // prettier-ignore

const changesTo = (more: Partial<Invocation>): string[] =>
  changesOf({ ...base, ...more }).map(
    (change) => `${change.status} ${change.attempt} ${Date.parse(change.at) / 1_000}`,
  );

test.each(LIFE)('%s', (_, more, changes) => expect(changesTo(more)).toEqual(changes));

test('what was told once is told again, with more behind it', () => {
  const [, , runs, ,] = LIFE.map(([, more]) => changesTo(more));
  for (const [, , changes] of LIFE.slice(2)) expect(changes.slice(0, runs.length)).toEqual(runs);
});

test('an end that came with the last start', () => {
  const attempts = [start(1, 1, at(2), 'succeeded')];
  expect(changesTo({ status: 'succeeded', attempt: 1, finishedAt: at(2), attempts })).toEqual([
    'queued 0 0',
    'running 1 1',
    'succeeded 1 2',
  ]);
});

test('whole lines only, each with where the log goes on', () => {
  const values = LIVE_FIELDS.map(
    (name) =>
      ({ terms: '{}', status: 'running', queuedAt: '0', progressed: '2', progress: '0.5' })[name as string] ?? null,
  );
  const read = Buffer.from('alf a line\n{"text":"é"}\n{"text":"b"}\n{"te');
  const snapshot = readSnapshot('x', values, { from: 100, read, bytes: 200 });
  expect(snapshot).toMatchObject({ progress: '0.5', progressed: 2, logBytes: 200 });
  expect(snapshot?.lines).toEqual([
    { text: '{"text":"é"}', end: 125 },
    { text: '{"text":"b"}', end: 138 },
  ]);
  expect(
    readSnapshot(
      'x',
      LIVE_FIELDS.map(() => null),
      { from: 0, read, bytes: 0 },
    ),
  ).toBeUndefined();
});
