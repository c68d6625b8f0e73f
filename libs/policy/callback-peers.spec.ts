import { type CallbackPeer, hasPlaceFor, peersAhead } from './callback-peers';

const peer = (id: string, since: number | undefined, ...signs: string[]): CallbackPeer => ({
  id,
  since,
  signs,
  allow: [],
  addresses: [],
});

test('the worker that signed first signs; one with another secret leaves it to that one', () => {
  const [first, second] = [peer('a', 1, 'old'), peer('b', 2, 'new')];
  expect(peersAhead(first, [second])).toEqual([]);
  expect(peersAhead(second, [first])).toEqual([first]);
  expect(peersAhead(peer('c', undefined, 'new'), [first])).toEqual([first]);
});

test('one secret in common is enough, and who has not signed keeps nobody from it', () => {
  expect(peersAhead(peer('b', 2, 'new', 'old'), [peer('a', 1, 'old')])).toEqual([]);
  expect(peersAhead(peer('b', 2, 'new'), [peer('a', undefined)])).toEqual([]);
  expect(peersAhead(peer('b', undefined), [peer('a', 1, 'old')])).toEqual([]);
});

test('of two that began in the same moment one signs', () => {
  const [a, b] = [peer('a', 5, 'x'), peer('b', 5, 'y')];
  expect([peersAhead(a, [b]), peersAhead(b, [a])]).toEqual([[], [a]]);
});

/** Starts deliveries of these envs in turn, until none has a place. */
function fill(envs: string[], max: number, held = new Map<string, number>()): Map<string, number> {
  const all = (): number => [...held.values()].reduce((sum, each) => sum + each, 0);
  for (let started = true; started;) {
    started = false;
    for (const env of envs) {
      if (!hasPlaceFor(held.get(env) ?? 0, all(), max)) continue;
      held.set(env, (held.get(env) ?? 0) + 1);
      started = true;
    }
  }
  return held;
}

test('one env alone has nine tenths of the places; the next ones find some, and many share alike', () => {
  const held = fill(['greedy'], 64);
  expect(held.get('greedy')).toBe(58);
  fill(['second'], 64, held);
  expect(held.get('second')).toBeGreaterThanOrEqual(5);
  const [a, b] = fill(['a', 'b'], 64).values();
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1);
});
