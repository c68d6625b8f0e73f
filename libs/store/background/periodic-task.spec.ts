import { PeriodicTask } from './periodic-task';

const EVERY_MS = 1_000;
let faults: unknown[];
let task: PeriodicTask | undefined;
beforeEach(() => {
  jest.useFakeTimers();
  faults = [];
});
afterEach(() => {
  task?.stop();
  jest.useRealTimers();
});

/** Rounds of a chore that does what it is told; it begins when `start` is called. */
function roundsOf(round: () => Promise<number | void>, firstMs?: number): PeriodicTask {
  task = new PeriodicTask(round, { everyMs: EVERY_MS, firstMs, onError: (fault) => faults.push(fault) });
  return task;
}
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

it('waits before the first round, and as long before each other', async () => {
  const round = jest.fn(async () => undefined);
  roundsOf(round).start();
  await pass(EVERY_MS - 1);
  expect(round).toHaveBeenCalledTimes(0);
  await pass(1);
  expect(round).toHaveBeenCalledTimes(1);
  await pass(3 * EVERY_MS);
  expect(round).toHaveBeenCalledTimes(4);
});

it('comes sooner the first time when that is asked for, and whenever a round says so', async () => {
  const waits = [10, 20];
  const round = jest.fn(async () => waits.shift());
  roundsOf(round, 0).start();
  await pass(0);
  expect(round).toHaveBeenCalledTimes(1);
  await pass(10);
  expect(round).toHaveBeenCalledTimes(2);
  await pass(20);
  expect(round).toHaveBeenCalledTimes(3);
  await pass(EVERY_MS - 1);
  expect(round).toHaveBeenCalledTimes(3);
});

it('has no second round while one is under way, however long that takes', async () => {
  const ends: (() => void)[] = [];
  roundsOf(() => new Promise<void>((done) => ends.push(done)), 0).start();
  await pass(10 * EVERY_MS);
  expect(ends).toHaveLength(1);
  ends[0]();
  await pass(EVERY_MS);
  expect(ends).toHaveLength(2);
});

it('tells a fault, and goes on after the usual wait', async () => {
  const fault = new Error('on purpose');
  const round = jest.fn(async (): Promise<number> => Promise.reject(fault));
  roundsOf(round, 0).start();
  await pass(0);
  expect(faults).toEqual([fault]);
  await pass(EVERY_MS);
  expect(round).toHaveBeenCalledTimes(2);
});

it('stops before the next round', async () => {
  const round = jest.fn(async () => undefined);
  roundsOf(round, 0).start();
  await pass(0);
  task?.stop();
  await pass(10 * EVERY_MS);
  expect(round).toHaveBeenCalledTimes(1);
});

it('stops within a round, which is told so: no other one follows, and its fault is nobody’s', async () => {
  let steps = 0;
  const round = async (): Promise<void> => {
    while (!task?.isOver) {
      steps++;
      await new Promise((done) => setTimeout(done, 10));
    }
    throw new Error('the connection was torn down');
  };
  roundsOf(round, 0).start();
  await pass(35);
  expect(steps).toBe(4);
  task?.stop();
  await pass(10 * EVERY_MS);
  expect(steps).toBe(4);
  expect(faults).toEqual([]);
});

it('keeps no process alive', () => {
  jest.useRealTimers();
  const holding = (): string[] => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
  const before = holding().length;
  roundsOf(async () => undefined).start();
  expect(holding()).toHaveLength(before);
  const held = setTimeout(() => undefined, EVERY_MS);
  expect(holding()).toHaveLength(before + 1);
  clearTimeout(held);
});
