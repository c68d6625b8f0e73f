/** What is sent again, and what never is. */
import { InvoqError, type InvoqErrorInit } from './errors';
import { type Again, againAfter, forReading, rereadAfter, RETRY, retryOptions } from './retry';

const error = (init: Partial<InvoqErrorInit>) =>
  new InvoqError({ type: 'STORE_UNAVAILABLE', message: '', retryable: true, started: false, ...init });
const sent = { tries: 1, hasKey: true, callerOwnsKey: false };

it.each<[string, Partial<InvoqErrorInit>, Partial<typeof sent>, Again['kind']]>([
  ['refused before it ran', { type: 'QUEUE_FULL' }, {}, 'same'],
  ['refused, without a key', { type: 'RATE_LIMITED' }, { hasKey: false }, 'same'],
  ['perhaps taken, under a key', { started: 'unknown' }, {}, 'same'],
  ['perhaps taken, without a key', { started: 'unknown' }, { hasKey: false }, 'no'],
  ['expired in the queue: another key', { type: 'EXPIRED' }, {}, 'anew'],
  ["expired under the caller's own key, which is free", { type: 'EXPIRED' }, { callerOwnsKey: true }, 'same'],
  ['lost after it was started', { type: 'WORKER_LOST', started: true }, {}, 'no'],
  ['not worth it', { type: 'INVALID_REQUEST', retryable: false }, {}, 'no'],
  ['tried often enough', {}, { tries: 5 }, 'no'],
  ['asked to stay away for longer than anybody waits', { retryAfterMs: 60_000 }, {}, 'no'],
])('%s', (_, init, more, kind) => {
  expect(againAfter(error(init), { ...sent, ...more }, RETRY).kind).toBe(kind);
});

it('waits twice as long each time, half of it by chance, up to a limit, and never less than it is asked to', () => {
  const after = (tries: number, init = {}): number => {
    const again = againAfter(error(init), { ...sent, tries }, { ...RETRY, attempts: 100 });
    return again.kind === 'no' ? NaN : again.afterMs;
  };
  for (let round = 0; round < 50; round++) {
    for (const [tries, limit] of [
      [1, 200],
      [2, 400],
      [3, 800],
      [10, 5_000],
      [50, 5_000],
    ] as const) {
      expect(after(tries)).toBeGreaterThanOrEqual(limit / 2);
      expect(after(tries)).toBeLessThanOrEqual(limit);
    }
    expect(after(1, { retryAfterMs: 3_000 })).toBe(3_000);
  }
});

it('reads again, three times as often, but not what an invocation ended with', () => {
  const reading = forReading(RETRY);
  expect(reading.attempts).toBe(15);
  expect(forReading(retryOptions(RETRY, false)).attempts).toBe(1);
  expect(rereadAfter(error({ started: 'unknown' }), 14, reading)).toBeGreaterThan(0);
  expect(rereadAfter(error({}), 15, reading)).toBeUndefined();
  for (const type of ['EXPIRED', 'WORKER_LOST', 'CANCELLED'] as const) {
    expect(rereadAfter(error({ type }), 1, reading)).toBeUndefined();
  }
});

it('takes the options that are given, and its own for the rest', () => {
  expect(retryOptions(RETRY, { attempts: 2, minDelayMs: undefined })).toEqual({ ...RETRY, attempts: 2 });
  expect(retryOptions(RETRY, undefined)).toEqual(RETRY);
});
