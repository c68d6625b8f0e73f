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

describe('taking ahead', () => {
  // Time passes where a test says so: on a busy machine a short call may take long.
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  const WAITED = 10;
  const short = async (slots: LaneSlots, queuedMs = WAITED) => slots.run(queuedMs, async () => undefined);

  it('begins when short calls had waited in line, and tells who waits for a free slot', async () => {
    const slots = new LaneSlots(2);
    const held = [run(), run()];
    for (const { ends } of held) void slots.hold(ends);
    await short(slots, 0);
    expect(slots.freeAhead).toBe(0);
    const told = slots.nextFree();
    await short(slots);
    await short(slots);
    await told;
    expect([slots.free, slots.freeAhead]).toEqual([0, 2]);
    await slots.reserve(2, async () => expect(slots.freeAhead).toBe(0));
    for (const { end } of held) end();
  });

  it('those beyond the slots go on as long as others wait in line', async () => {
    const slots = new LaneSlots(1);
    const held = [run(), run()];
    for (const { ends } of held) void slots.hold(ends);
    await short(slots);
    expect(slots.goesOn).toBe(true);
    slots.lineIsEmpty();
    expect(slots.goesOn).toBe(false);
    held[0].end();
    await slots.nextFree();
    expect(slots.goesOn).toBe(true);
    held[1].end();
  });

  it('takes as many times its slots as the lane may', async () => {
    const slots = new LaneSlots(2, 3);
    const held = [run(), run()];
    for (const { ends } of held) void slots.hold(ends);
    await short(slots);
    await short(slots);
    expect([slots.free, slots.freeAhead]).toEqual([0, 6]);
    for (const { end } of held) end();
  });

  it('a long call ends it', async () => {
    const slots = new LaneSlots(1);
    const held = [run(), run()];
    for (const { ends } of held) void slots.hold(ends);
    await short(slots);
    expect(slots.goesOn).toBe(true);
    const long = run();
    const over = slots.run(WAITED, () => long.ends);
    jest.advanceTimersByTime(12);
    expect(slots.goesOn).toBe(false);
    long.end();
    await over;
    for (const { end } of held) end();
  });
});
