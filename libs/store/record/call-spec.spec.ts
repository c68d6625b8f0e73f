/** Terms are read as they were written, by TypeScript and by Lua: the text is JSON, whatever the names are. */
import { ENV_NAME, FUNCTION_NAME, QUEUE_NAME } from '@invoq/contract/function';
import { RETRY_DEFAULTS } from '@invoq/contract/retry';
import { readCallSpec, type CallSpec, writeCallSpec } from './call-spec';

const terms: CallSpec = {
  function: 'add', env: 'default', queue: 'video_2', lane: 'nested-1', depth: 1, priority: 9, maxStarts: 3,
  queueAgeMs: 21_600_000,
}; // prettier-ignore

it.each([terms, { ...terms, retry: RETRY_DEFAULTS }])('are read as they were written', (each) => {
  expect(writeCallSpec(each)).toBe(JSON.stringify(each));
  expect(readCallSpec(writeCallSpec(each))).toEqual(each);
});

it('have names that JSON takes as they are', () => {
  for (const rule of [FUNCTION_NAME, ENV_NAME, QUEUE_NAME]) {
    const taken = Array.from({ length: 0x10000 }, (_, code) => `a${String.fromCharCode(code)}`).filter((name) =>
      rule.test(name),
    );
    expect(taken.length).toBeGreaterThan(60);
    for (const name of taken) expect(JSON.stringify(name)).toBe(`"${name}"`);
  }
});

it('are the same object for the same text, which nobody can change', () => {
  const read = readCallSpec(writeCallSpec(terms));
  expect(readCallSpec(writeCallSpec({ ...terms }))).toBe(read);
  expect(Object.isFrozen(read)).toBe(true);
});

it('are forgotten when there are too many different ones, and read anew', () => {
  const first = readCallSpec(writeCallSpec(terms));
  for (let queueAgeMs = 1; queueAgeMs <= 1_000; queueAgeMs++) readCallSpec(writeCallSpec({ ...terms, queueAgeMs }));
  const again = readCallSpec(writeCallSpec(terms));
  expect(again).not.toBe(first);
  expect(again).toEqual(first);
});
