/** What is held open by a key ends with the key, and with nothing else. */
import type { HangUp } from '../invocations/call';
import type { Caller, Scope } from './caller';
import { HeldAnswers } from './held-answers';
import { type Key, Keys, printOf } from './keys';

const key = (more: Partial<Key> = {}): Key => ({
  id: 'app', secret: 'a-secret-of-at-least-sixteen', envs: ['default', 'prod'], scopes: new Set<Scope>(['read']), ...more,
}); // prettier-ignore
const caller: Caller = {
  id: 'app', holder: 'app', env: 'prod', everyEnv: false, scopes: new Set<Scope>(['read']), depth: 0, keyPrint: printOf(key()),
}; // prettier-ignore
const hangUp: HangUp = { isGone: false, listen: () => () => undefined };

/** Waits until it is told that its caller is gone. */
const waits = (watched: HangUp): Promise<string> => new Promise((done) => watched.listen(() => done('gone')));
const events = (async function* () {
  yield* [];
})();

test.each([
  ['it was revoked', []],
  ['its secret was changed', [key({ secret: 'another-secret-of-sixteen' })]],
  ['it lost the env', [key({ envs: ['default'] })]],
  ['it lost the scope', [key({ scopes: new Set<Scope>(['invoke']) })]],
])('an answer ends when %s', async (_why, now) => {
  const held = new HeldAnswers();
  const answer = held.answer(caller, hangUp, waits);
  let closed = 0;
  held.stream(caller, { events, close: () => void closed++ });
  held.review(new Keys([key()]));
  expect(closed).toBe(0);
  held.review(new Keys(now));
  expect(closed).toBe(1);
  await expect(answer).rejects.toMatchObject({ type: 'UNAUTHENTICATED' });
});

test('what has ended by itself is left alone', async () => {
  const held = new HeldAnswers();
  expect(await held.answer(caller, hangUp, async () => 'answer')).toBe('answer');
  let closed = 0;
  held.stream(caller, { events, close: () => void closed++ }).close();
  held.review(new Keys([]));
  expect(closed).toBe(1);
});

test('a caller without a key is not concerned', async () => {
  const held = new HeldAnswers();
  const function_: Caller = { ...caller, keyPrint: undefined };
  let closed = 0;
  held.stream(function_, { events, close: () => void closed++ });
  const own = held.answer(function_, hangUp, async (given) => given);
  held.review(new Keys([]));
  expect([closed, await own]).toEqual([0, hangUp]);
});
