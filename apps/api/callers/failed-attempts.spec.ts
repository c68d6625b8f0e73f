/** Nobody tries keys for long, and nobody can shut out others by failing. */
import { type Attempt, FailedAttempts } from './failed-attempts';

const at = (ip: string, keyID = 'app', known = true): Attempt => ({ ip, keyID, known });

function fail(attempts: FailedAttempts, attempt: Attempt, times: number, now = 0): void {
  for (let i = 0; i < times; i++) attempts.failed(attempt, now);
}

test('after ten failures an address is not heard with that key for the rest of the minute', () => {
  const attempts = new FailedAttempts();
  fail(attempts, at('10.0.0.1'), 9);
  expect(attempts.closedForS(at('10.0.0.1'), 0)).toBeUndefined();
  fail(attempts, at('10.0.0.1'), 1);
  expect(attempts.closedForS(at('10.0.0.1'), 30_000)).toBe(30);
  expect(attempts.closedForS(at('10.0.0.1'), 60_000)).toBeUndefined();
});

test('another key of the same address, and the same key at another address, are heard', () => {
  const attempts = new FailedAttempts();
  fail(attempts, at('10.0.0.1'), 200);
  expect(attempts.closedForS(at('10.0.0.1', 'other'), 0)).toBeUndefined();
  expect(attempts.closedForS(at('10.0.0.2'), 0)).toBeUndefined();
});

test('an address that guesses key ids is closed to unknown ones', () => {
  const attempts = new FailedAttempts();
  for (let i = 0; i < 50; i++) attempts.failed(at('10.0.0.1', `guess-${i}`, false), 0);
  expect(attempts.closedForS(at('10.0.0.1', 'guess-50', false), 0)).toBe(60);
  expect(attempts.closedForS(at('10.0.0.1', 'app', true), 0)).toBeUndefined();
});

test('a key that is made while somebody tries it in vain is open at once', () => {
  const attempts = new FailedAttempts();
  fail(attempts, at('10.0.0.1', 'soon', false), 200);
  expect(attempts.closedForS(at('10.0.0.1', 'soon', true), 0)).toBeUndefined();
});

test('a key that many addresses fail with is closed to those of them that failed', () => {
  const attempts = new FailedAttempts();
  for (let i = 0; i < 100; i++) attempts.failed(at(`10.0.1.${i}`), 0);
  expect(attempts.closedForS(at('10.0.1.7'), 0)).toBe(60);
  expect(attempts.closedForS(at('10.0.2.1'), 0)).toBeUndefined();
});

test('a success clears the count of its address and key', () => {
  const attempts = new FailedAttempts();
  fail(attempts, at('10.0.0.1'), 9);
  attempts.succeeded(at('10.0.0.1'));
  fail(attempts, at('10.0.0.1'), 9);
  expect(attempts.closedForS(at('10.0.0.1'), 0)).toBeUndefined();
});

test('memory stays bounded, however many addresses and ids there are', () => {
  const attempts = new FailedAttempts();
  for (let i = 0; i < 40_000; i++) attempts.failed(at(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, `k${i}`), 0);
  expect(attempts.size).toBeLessThanOrEqual(30_000);
});
