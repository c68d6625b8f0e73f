/** The waits that all other tests lean on. */
import { until, within } from './until';

test('until gives the first truthy answer, and takes a check that throws for not yet', async () => {
  let looks = 0;
  const check = (): string | undefined => {
    looks += 1;
    if (looks === 1) throw new Error('not there');
    return looks === 3 ? 'here' : undefined;
  };
  await expect(until('it is here', check, 1000)).resolves.toBe('here');
  expect(looks).toBe(3);
});

test('until ends in time even when a look never answers, and says what it saw last', async () => {
  const from = Date.now();
  await expect(until('it answers', () => new Promise<boolean>(() => undefined), 100)).rejects.toThrow('it answers');
  await expect(until('two', () => Promise.reject(new Error('only one')), 60)).rejects.toThrow(/60 ms: two.*only one/);
  let looks = 0;
  const thenNever = (): Promise<never> =>
    looks++ === 0 ? Promise.reject(new Error('only one')) : new Promise(() => undefined);
  await expect(until('two', thenNever, 60)).rejects.toThrow(/60 ms: two.*only one/);
  expect(Date.now() - from).toBeLessThan(1000);
});

test('within hands on what came in time, and names what did not', async () => {
  await expect(within('soon', Promise.resolve(1), 1000)).resolves.toBe(1);
  await expect(within('never', new Promise(() => undefined), 30)).rejects.toThrow('Not within 30 ms: never');
});
