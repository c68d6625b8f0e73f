import { afterTry, type AfterTry, type DeliveryAnswer, KEEP_MS, WAITS_MS } from './callbacks';

const answer = (status: number, retryAfterMs?: number): DeliveryAnswer => ({ kind: 'answer', status, retryAfterMs });
const fault: DeliveryAnswer = { kind: 'fault', message: 'ECONNREFUSED' };
const HOUR_MS = 3_600_000;

/** Waits until it is given up, when every try is heard like this. */
function waits(answer: DeliveryAnswer, chance: number): number[] {
  const all: number[] = [];
  for (let tries = 1; ; tries++) {
    const after: AfterTry = afterTry(answer, tries, chance);
    if (after.state !== 'pending') return all;
    all.push(after.inMs);
  }
}

const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

test.each([200, 201, 202, 204, 299])('%d is delivered', (status) => {
  expect(afterTry(answer(status), 1, 0.5)).toEqual({ state: 'delivered' });
});

test('410 ends it at once, and so does an internal address', () => {
  expect(afterTry(answer(410), 1, 0.5)).toEqual({ state: 'gone' });
  expect(afterTry({ kind: 'refused', message: '', address: '127.0.0.1' }, 1, 0.5)).toEqual({ state: 'refused' });
});

test.each([301, 302, 307, 308, 400, 401, 404, 429, 500, 503])('%d is tried again', (status) => {
  expect(afterTry(answer(status), 1, 0.5)).toEqual({ state: 'pending', inMs: WAITS_MS[0] });
});

test('ten tries over hours, each wait longer than the last, then it has failed', () => {
  const all = waits(fault, 0.5);
  expect(all).toEqual([...WAITS_MS]);
  expect(all).toEqual([...all].sort((a, b) => a - b));
  expect(sum(all)).toBeGreaterThan(12 * HOUR_MS);
  expect(afterTry(fault, 10, 0.5)).toEqual({ state: 'failed' });
});

test('the waits are spread by a fifth to either side', () => {
  expect(waits(fault, 0)).toEqual(WAITS_MS.map((ms) => Math.round(0.8 * ms)));
  expect(waits(fault, 1)).toEqual(WAITS_MS.map((ms) => Math.round(1.2 * ms)));
});

test('Retry-After makes a wait longer, up to four hours, and never shorter', () => {
  expect(afterTry(answer(503, 60_000), 1, 0.5)).toEqual({ state: 'pending', inMs: 60_000 });
  expect(afterTry(answer(429, 1), 3, 0.5)).toEqual({ state: 'pending', inMs: WAITS_MS[2] });
  expect(afterTry(answer(503, 1e12), 1, 0.5)).toEqual({ state: 'pending', inMs: 4 * HOUR_MS });
});

test('a record is kept for longer than all tries can take', () => {
  expect(sum(waits(answer(503, Number.MAX_SAFE_INTEGER), 1))).toBeLessThan(KEEP_MS - HOUR_MS);
});
