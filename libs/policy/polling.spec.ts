import { pollAfterS } from './polling';

test.each([
  [{ ageMs: 0 }, 1],
  [{ ageMs: -5 }, 1],
  [{ ageMs: 10_000 }, 1],
  [{ ageMs: 10_001 }, 2],
  [{ ageMs: 95_000 }, 10],
  [{ ageMs: 86_400_000 }, 30],
  [{ ageMs: 0, ahead: 100 }, 1],
  [{ ageMs: 0, ahead: 101 }, 2],
  [{ ageMs: 25_000, ahead: 50 }, 3],
  [{ ageMs: 0, ahead: 1_000_000 }, 30],
])('%j: %d s', (call, seconds) => expect(pollAfterS(call)).toBe(seconds));
