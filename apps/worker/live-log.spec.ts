/** What a run prints is told while it runs, each byte once, and the rest goes along with its end. */
import type { LogLine } from '@invoq/executor/call/call';
import { LiveLog } from './live-log';

const line = (text: string): LogLine => ({ time: 't', level: 'info', stream: 'stdout', text });

class Keeper {
  kept = '';
  calls = 0;
  answer: () => Promise<boolean> = async () => true;

  async appendLog(_id: string, _attempt: number, before: number, lines: string): Promise<boolean> {
    this.calls++;
    if (!(await this.answer())) return false;
    expect(before).toBe(Buffer.byteLength(this.kept));
    this.kept += lines;
    return true;
  }

  get texts(): string[] {
    return this.kept
      .split('\n')
      .filter(Boolean)
      .map((text) => (JSON.parse(text) as LogLine).text);
  }
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());
const log = (keeper: Keeper, onError = jest.fn()) => new LiveLog(keeper, 'id', 1, onError);
const later = () => jest.advanceTimersByTimeAsync(250);

test('lines are told together, a quarter of a second late at most', async () => {
  const keeper = new Keeper();
  const live = log(keeper);
  live.add(line('a'));
  live.add(line('é'));
  expect(keeper.calls).toBe(0);
  await later();
  expect(keeper.texts).toEqual(['a', 'é']);
  live.add(line('c'));
  await later();
  expect([keeper.calls, keeper.texts]).toEqual([2, ['a', 'é', 'c']]);
  live.add(line('d'));
  expect(await live.rest()).toContain('"text":"d"');
  await later();
  expect(keeper.calls).toBe(2);
});

test('what does not get through stays for later', async () => {
  const keeper = new Keeper();
  const onError = jest.fn();
  const live = log(keeper, onError);
  keeper.answer = () => Promise.reject(new Error('full disk'));
  live.add(line('a'));
  await later();
  expect(onError).toHaveBeenCalledTimes(1);
  keeper.answer = async () => true;
  await later();
  expect(keeper.texts).toEqual(['a']);
  expect(await live.rest()).toBe('');
});

test('a flood is told in pieces, whole lines each', async () => {
  const keeper = new Keeper();
  const live = log(keeper);
  for (let i = 0; i < 5; i++) live.add(line('x'.repeat(40_000)));
  await live.flushRest();
  expect(keeper.calls).toBe(5);
  expect(keeper.texts).toHaveLength(5);
});

test('fenced, it tells nothing more of what it had', async () => {
  const keeper = new Keeper();
  keeper.answer = async () => false;
  const live = log(keeper);
  live.add(line('a'));
  await later();
  expect(await live.rest()).toBe('');
});
