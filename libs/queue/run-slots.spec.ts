import { MOMENT_MS } from '@invoq/policy/packing';
import { RunSlots } from './run-slots';

/** A call that runs until it is told to end. */
function call(): { begun: boolean; end(): void; fail(): void; work(): Promise<string> } {
  let [end, fail] = [(): void => undefined, (): void => undefined];
  const over = new Promise<string>((resolve, reject) => {
    end = () => resolve('over');
    fail = () => reject(new Error('broken'));
  });
  const it = {
    begun: false,
    end,
    fail,
    work: () => {
      it.begun = true;
      return over;
    },
  };
  return it;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('calls run at once while there are slots, and the next has the slot that gets free', async () => {
  const slots = new RunSlots(1);
  const [first, second, third] = [call(), call(), call()];
  const runs = [first, second].map(({ work }) => slots.run(work));
  await turn();
  expect([first.begun, second.begun]).toEqual([true, false]);
  first.end();
  // One that comes in the same turn does not pass those that wait.
  runs.push(runs[0].then(() => slots.run(third.work)));
  await turn();
  expect([second.begun, third.begun]).toEqual([true, false]);
  second.end();
  await turn();
  expect(third.begun).toBe(true);
  third.end();
  expect(await Promise.all(runs)).toEqual(['over', 'over', 'over']);
});

test('who has no slot after a moment is never run', async () => {
  const slots = new RunSlots(1);
  const [long, ...behind] = [call(), call(), call()];
  const run = slots.run(long.work);
  const since = performance.now();
  expect(await Promise.all(behind.map(({ work }) => slots.run(work)))).toEqual([undefined, undefined]);
  expect(performance.now() - since).toBeGreaterThanOrEqual(MOMENT_MS);
  long.end();
  expect(await run).toBe('over');
  expect(behind.map(({ begun }) => begun)).toEqual([false, false]);
  const later = call();
  later.end();
  expect(await slots.run(later.work)).toBe('over');
});

test('a fault frees the slot, and is for whoever ran the call', async () => {
  const slots = new RunSlots(1);
  const [broken, next] = [call(), call()];
  const run = slots.run(broken.work);
  const following = slots.run(next.work);
  broken.fail();
  await expect(run).rejects.toThrow('broken');
  next.end();
  expect(await following).toBe('over');
});

test('calls are taken ahead while they are short, and none from the moment on in which one is long', async () => {
  const slots = new RunSlots(2);
  expect(slots.mostAhead).toBe(0);
  const short = call();
  short.end();
  await slots.run(short.work);
  expect(slots.mostAhead).toBe(2);
  const long = call();
  const run = slots.run(long.work);
  await new Promise((resolve) => setTimeout(resolve, MOMENT_MS + 2));
  expect(slots.mostAhead).toBe(0);
  long.end();
  await run;
  expect(slots.mostAhead).toBe(2);
});

test('when the worker ends, those without a slot are given up at once', async () => {
  const slots = new RunSlots(1);
  const [running, waiting, late] = [call(), call(), call()];
  const run = slots.run(running.work);
  const given = slots.run(waiting.work);
  slots.close();
  const soon = turn().then(() => 'they wait');
  expect(await Promise.race([Promise.all([given, slots.run(late.work)]), soon])).toEqual([undefined, undefined]);
  running.end();
  expect(await run).toBe('over');
  expect([waiting.begun, late.begun]).toEqual([false, false]);
});
