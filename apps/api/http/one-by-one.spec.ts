import { setTimeout as sleep } from 'node:timers/promises';
import { OneByOne } from './one-by-one';

it('does one at a time, in the order they came, whatever becomes of each', async () => {
  const turns = new OneByOne(3, 'lists');
  const seen: string[] = [];
  const work = (name: string, fault?: Error) => async () => {
    seen.push(`${name} begins`);
    await sleep(5);
    seen.push(`${name} ends`);
    if (fault) throw fault;
    return name;
  };
  const done = await Promise.allSettled([
    turns.do(work('a')),
    turns.do(work('b', new Error('no'))),
    turns.do(work('c')),
  ]);
  expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('refuses more than may wait, and takes them again later', async () => {
  const turns = new OneByOne(1, 'lists');
  const first = turns.do(() => sleep(20));
  await expect(turns.do(() => sleep(1))).rejects.toMatchObject({ type: 'OVERLOADED' });
  await first;
  await expect(turns.do(async () => 'done')).resolves.toBe('done');
});
