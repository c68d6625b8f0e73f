/** When the lease of a run is renewed, and what its answers do to the run. */
import { Leases } from './leases';

const LEASE_MS = 6_000;
const THIRD_MS = LEASE_MS / 3;

type Answer = 'kept' | 'cancel' | 'lost';
let renewed: string[];
let answer: (requestID: string) => Promise<Answer>;
let leases: Leases;
beforeEach(() => {
  jest.useFakeTimers();
  renewed = [];
  answer = () => Promise.resolve('kept');
  const renew = (requestID: string): Promise<Answer> => {
    renewed.push(requestID);
    return answer(requestID);
  };
  leases = new Leases({ renew }, LEASE_MS, () => undefined);
});
afterEach(() => {
  leases.close();
  jest.useRealTimers();
});

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

test('each third of the lease, for as long as it is held', async () => {
  const lease = leases.hold('a', 1);
  await pass(THIRD_MS * 3);
  expect(renewed).toEqual(['a', 'a', 'a']);
  lease.release();
  await pass(THIRD_MS);
  expect(renewed).toHaveLength(3);
});

test('what has begun just before a turn has a fresh lease, and waits for the next turn', async () => {
  leases.hold('first', 1);
  await pass(THIRD_MS - 900);
  leases.hold('late', 1);
  await pass(900);
  expect(renewed).toEqual(['first']);
  await pass(THIRD_MS);
  expect(renewed).toEqual(['first', 'first', 'late']);
});

test('no lease grows older than half of its time before it is renewed', async () => {
  for (let after = 0; after < THIRD_MS; after += 100) {
    leases.hold('keeps the timer', 1);
    await pass(after);
    const began = performance.now();
    const lease = leases.hold('one', 1);
    renewed = [];
    while (!renewed.includes('one')) await pass(50);
    expect(performance.now() - began).toBeLessThanOrEqual(LEASE_MS / 2 + 50);
    lease.release();
  }
});

test('a run whose lease is lost stops, and so does one whose caller cancelled it', async () => {
  const [lost, cancelled, kept] = ['lost', 'cancel', 'kept'].map((id) => leases.hold(id, 1));
  answer = (requestID) => Promise.resolve(requestID as Answer);
  await pass(THIRD_MS);
  expect([lost, cancelled, kept].map(({ isLost }) => isLost)).toEqual([true, false, false]);
  expect([lost, cancelled, kept].map(({ stopped }) => stopped.isAsked)).toEqual([true, true, false]);
});

test('while Redis is away one renewal is enough', async () => {
  let arrive = (_: Answer): void => undefined;
  answer = () => new Promise((resolve) => (arrive = resolve));
  leases.hold('a', 1);
  await pass(THIRD_MS * 3);
  expect(renewed).toEqual(['a']);
  arrive('kept');
  await pass(THIRD_MS);
  expect(renewed).toEqual(['a', 'a']);
});
