import { setImmediate as turn } from 'node:timers/promises';
import { FormatFall, TRUSTED_MS } from './format-fall';

const fails = (error: unknown) => {
  throw error;
};

test('the number may fall when nobody can write the newer format any more, and all of it is rewritten', async () => {
  let rewritten = (): void => undefined;
  let begun = 0;
  const fall = new FormatFall(() => {
    begun++;
    return new Promise<void>((resolve) => (rewritten = resolve));
  }, fails);
  expect(fall.isReady(1_000)).toBe(false);
  expect(fall.isReady(1_000 + TRUSTED_MS)).toBe(false);
  expect(begun).toBe(0);
  expect(fall.isReady(1_001 + TRUSTED_MS)).toBe(false);
  expect(fall.isReady(3_000 + TRUSTED_MS)).toBe(false);
  expect(begun).toBe(1);
  rewritten();
  await turn();
  expect(fall.isReady(5_000 + TRUSTED_MS)).toBe(true);
});

test('what fails is begun anew, and is said', async () => {
  const errors: unknown[] = [];
  let fault: Error | undefined = new Error('away');
  const fall = new FormatFall(async () => {
    if (fault) throw fault;
  }, (error) => errors.push(error)); // prettier-ignore
  fall.isReady(0);
  expect(fall.isReady(TRUSTED_MS + 1)).toBe(false);
  await turn();
  expect(errors).toEqual([fault]);
  fault = undefined;
  fall.isReady(TRUSTED_MS + 2);
  await turn();
  expect(fall.isReady(TRUSTED_MS + 3)).toBe(true);
});

test('a fall that is called off begins anew, whatever was rewritten', async () => {
  const fall = new FormatFall(async () => undefined, fails);
  fall.isReady(0);
  fall.isReady(TRUSTED_MS + 1);
  fall.reset();
  await turn();
  expect(fall.isReady(TRUSTED_MS + 2)).toBe(false);
  expect(fall.isReady(TRUSTED_MS + 3)).toBe(false);
});
