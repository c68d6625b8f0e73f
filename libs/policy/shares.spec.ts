/** One caller alone has nearly all places; nobody shuts a newcomer out; many end near to equal shares. */
import fc from 'fast-check';
import { Shares } from './shares';

/** Takes all that the caller can have. */
function greedy(shares: Shares, caller: string): number {
  while (shares.take(caller) === 'taken');
  return shares.heldBy(caller);
}

it.each([
  [10_000, 9_000],
  [2_000, 1_800],
  [64, 57],
  [10, 9],
  [3, 2],
  [2, 1],
  [1, 1],
])('of %d places a caller who is alone has %d', (total, most) => {
  expect(greedy(new Shares(total), 'a')).toBe(most);
});

it('leaves a place to a newcomer, whatever one greedy caller does', () => {
  const moves = fc.array(fc.boolean(), { maxLength: 400 });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 200 }), moves, (total, takes) => {
      const shares = new Shares(total);
      for (const takesOne of takes) {
        if (takesOne) shares.take('greedy');
        else shares.giveBack('greedy');
      }
      greedy(shares, 'greedy');
      expect(shares.take('newcomer')).toBe('taken');
    }),
  );
});

it('leaves a tenth of the rest to the next, while several callers hold all they can', () => {
  const shares = new Shares(10_000);
  expect(['a', 'b', 'c', 'd'].map((caller) => greedy(shares, caller))).toEqual([9_000, 900, 90, 9]);
  expect(shares.take('e')).toBe('taken');
  expect(shares.take('f')).toBe('full');
});

it('says whether the process or the caller has too many', () => {
  const shares = new Shares(10);
  greedy(shares, 'a');
  expect(shares.take('a')).toBe('share');
  expect(shares.take('b')).toBe('taken');
  expect([shares.take('a'), shares.take('b'), shares.take('c')]).toEqual(['full', 'full', 'full']);
});

it('gives one caller no more than its limit', () => {
  const shares = new Shares(100, 20);
  expect(greedy(shares, 'a')).toBe(20);
  shares.giveBack('a');
  expect(greedy(shares, 'a')).toBe(20);
});

it.each([2, 5, 20])('comes to equal shares, as %d greedy callers give places back and take them again', (callers) => {
  const total = 1_000;
  const shares = new Shares(total);
  const names = Array.from({ length: callers }, (_, i) => `caller ${i}`);
  // The first has all it can before the others come.
  names.forEach((name) => greedy(shares, name));
  const random = seeded(7);
  for (let i = 0; i < 100 * total; i++) {
    // A place ends, whosever it is; then all want more.
    let at = Math.floor(random() * shares.taken);
    const ended = names.find((name) => (at -= shares.heldBy(name)) < 0)!;
    shares.giveBack(ended);
    const first = Math.floor(random() * callers);
    for (let j = 0; j < callers; j++) shares.take(names[(first + j) % callers]);
  }
  const fair = (9 * total) / (9 * callers + 1);
  for (const name of names) {
    expect(shares.heldBy(name)).toBeGreaterThan(0.8 * fair);
    expect(shares.heldBy(name)).toBeLessThan(1.2 * fair);
  }
  expect(shares.take('newcomer')).toBe('taken');
});

it('keeps nothing of callers who hold nothing', () => {
  const callers = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 });
  fc.assert(
    fc.property(callers, (sequence) => {
      const shares = new Shares(30);
      const taken = sequence.filter((caller) => shares.take(caller) === 'taken');
      expect(shares.taken).toBe(taken.length);
      taken.forEach((caller) => shares.giveBack(caller));
      expect(shares.taken).toBe(0);
      shares.giveBack('a');
      expect(shares.taken).toBe(0);
      expect(['a', 'b', 'c'].map((caller) => shares.heldBy(caller))).toEqual([0, 0, 0]);
    }),
  );
});

/** The same numbers in [0, 1) at each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
