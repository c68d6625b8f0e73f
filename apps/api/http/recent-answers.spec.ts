import type { FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller';
import { contentWith, RecentAnswers } from './recent-answers';

const asked = (url: string, header?: string) =>
  ({ url, headers: { 'cache-control': header } }) as unknown as FastifyRequest;
const caller = (env: string, everyEnv = false) => ({ env, everyEnv }) as Caller;
const CONTENT = 'max-age=1';

test('who is content with one of a second ago gets it, who sees something else does not', async () => {
  const answers = new RecentAnswers();
  let made = 0;
  const make = async () => ++made;
  const ask = (url: string, who: Caller, header = CONTENT) => answers.of(asked(url, header), who, make);
  expect(await Promise.all([ask('/a', caller('x')), ask('/a', caller('x'))])).toEqual([1, 1]);
  expect(await ask('/a', caller('y'))).toBe(2);
  expect(await ask('/a', caller('x', true))).toBe(3);
  expect(await ask('/b', caller('x'))).toBe(4);
  expect(await ask('/a', caller('x'), 'no-cache')).toBe(5);
  expect(await ask('/a', caller('x'))).toBe(1);
});

test('a second later there is a new one; one that failed is not kept', async () => {
  jest.useFakeTimers({ now: 0 });
  const answers = new RecentAnswers();
  let made = 0;
  const make = async () => {
    if (++made === 2) throw new Error('away');
    return made;
  };
  const ask = () => answers.of(asked('/a', CONTENT), caller('x'), make);
  expect(await ask()).toBe(1);
  jest.setSystemTime(1_000);
  await expect(ask()).rejects.toThrow('away');
  expect(await ask()).toBe(3);
  jest.useRealTimers();
});

test.each([
  [undefined, 0],
  ['no-cache', 0],
  ['max-age=0', 0],
  ['max-age=1', 1_000],
  ['no-transform, max-age=3600', 1_000],
  ['max-age=x', 0],
  ['s-max-age=9', 0],
])('%s', (header, ms) => expect(contentWith(header)).toBe(ms));
