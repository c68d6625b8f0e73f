/** No address fails for long, and nobody can make it be forgotten that another one did. */
import { FailedAttempts, MAX_FAILURES } from './failed-attempts';

function fail(attempts: FailedAttempts, ip: string, times = MAX_FAILURES, now = 0): void {
  for (let i = 0; i < times; i++) attempts.failed(ip, now);
}

test('after fifty failures an address is told to wait for the rest of the minute', () => {
  const attempts = new FailedAttempts();
  fail(attempts, '10.0.0.1', MAX_FAILURES - 1);
  expect(attempts.closedForS('10.0.0.1', 0)).toBeUndefined();
  fail(attempts, '10.0.0.1', 1);
  expect(attempts.closedForS('10.0.0.1', 30_000)).toBe(30);
  fail(attempts, '10.0.0.1', 500, 30_000);
  expect(attempts.closedForS('10.0.0.1', 60_000)).toBeUndefined();
  fail(attempts, '10.0.0.1', MAX_FAILURES - 1, 60_000);
  expect(attempts.closedForS('10.0.0.1', 60_000)).toBeUndefined();
});

test('another address is heard', () => {
  const attempts = new FailedAttempts();
  fail(attempts, '10.0.0.1');
  expect(attempts.closedForS('10.0.0.2', 0)).toBeUndefined();
});

test('the addresses of one IPv6 network are one, and an IPv4 address is one however it is written', () => {
  const attempts = new FailedAttempts();
  for (let i = 0; i < MAX_FAILURES; i++) attempts.failed(`2001:db8:1:2::${i.toString(16)}`, 0);
  expect(attempts.closedForS('2001:db8:1:2:ffff::1', 0)).toBe(60);
  expect(attempts.closedForS('2001:db8:1:3::1', 0)).toBeUndefined();
  fail(attempts, '::ffff:10.0.0.1');
  expect(attempts.closedForS('10.0.0.1', 0)).toBe(60);
});

test('a text that is no address is counted as it is', () => {
  const attempts = new FailedAttempts();
  fail(attempts, 'unknown:::');
  expect(attempts.closedForS('unknown:::', 0)).toBe(60);
});

test('a count stands however many addresses fail after it, and memory stays bounded', () => {
  const attempts = new FailedAttempts(1_000);
  fail(attempts, '10.0.0.1');
  fail(attempts, '10.0.0.2', 7);
  for (let i = 0; i < 40_000; i++) attempts.failed(`11.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 0);
  expect(attempts.size).toBeLessThanOrEqual(1_000);
  expect(attempts.closedForS('10.0.0.1', 0)).toBe(60);
  fail(attempts, '10.0.0.2', MAX_FAILURES - 7);
  expect(attempts.closedForS('10.0.0.2', 0)).toBe(60);
});

test('counts that are over make room', () => {
  const attempts = new FailedAttempts(100);
  for (let i = 0; i < 100; i++) fail(attempts, `10.0.0.${i}`);
  // All at the highest count, and over: a new address is not the first to go.
  attempts.failed('10.1.0.1', 60_000);
  expect(attempts.size).toBe(1);
  fail(attempts, '10.1.0.1', MAX_FAILURES - 1, 60_000);
  expect(attempts.closedForS('10.1.0.1', 60_000)).toBe(60);
});
