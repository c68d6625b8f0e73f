import { LaneSlots } from './lane-slots';

/** A run that ends when it is told to. */
function run(): { ends: Promise<void>; end(): void; fail(error: Error): void } {
  let end = (): void => undefined;
  let fail: (error: Error) => void = () => undefined;
  const ends = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { ends, end: () => end(), fail: (error) => fail(error) };
}

it('a run has a slot to its end, and who waits is told of it', async () => {
  const slots = new LaneSlots(2);
  const [first, second] = [run(), run()];
  void slots.hold(first.ends);
  void slots.hold(second.ends);
  expect(slots.free).toBe(0);
  const free = slots.nextFree();
  first.end();
  await free;
  expect(slots.free).toBe(1);
});

it('a fault gives the slot back too, and is for whoever had it run', async () => {
  const slots = new LaneSlots(1);
  const broken = run();
  const held = slots.hold(broken.ends);
  const free = slots.nextFree();
  broken.fail(new Error('broken'));
  await expect(held).rejects.toThrow('broken');
  await free;
  expect(slots.free).toBe(1);
});

it('all are free when every run has ended, one of them by a fault', async () => {
  const slots = new LaneSlots(3);
  const [first, second] = [run(), run()];
  void slots.hold(first.ends);
  slots.hold(second.ends).catch(() => undefined);
  let over = false;
  const all = slots.allFree().then(() => (over = true));
  second.fail(new Error('broken'));
  await slots.nextFree();
  expect(over).toBe(false);
  first.end();
  await all;
  expect(slots.free).toBe(3);
});
