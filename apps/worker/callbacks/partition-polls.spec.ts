import { PartitionPolls, SIDE_BY_SIDE } from './partition-polls';

const PARTITIONS = 3 * SIDE_BY_SIDE;
const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const AWAY = ALL.slice(0, SIDE_BY_SIDE + 2);

let seen: number[];
let faults: unknown[];
/** What answers for those that are away, once they are back. */
let back: (() => void)[];
beforeEach(() => {
  seen = [];
  faults = [];
  back = [];
});

function pollsWith(poll: (partition: number) => Promise<void>): PartitionPolls {
  const options = { partitions: PARTITIONS, patienceMs: 30, onError: (fault: unknown) => void faults.push(fault) };
  return new PartitionPolls(async (partition) => {
    seen.push(partition);
    await poll(partition);
  }, options);
}
const sorted = (list: number[]): number[] => [...list].sort((a, b) => a - b);

it('looks at each once, several at a time, and never at more than it may', async () => {
  let now = 0;
  let most = 0;
  const polls = pollsWith(async () => {
    most = Math.max(most, ++now);
    await new Promise((done) => setImmediate(done));
    now--;
  });
  await polls.pollDue();
  expect(sorted(seen)).toEqual(ALL);
  expect(most).toBe(SIDE_BY_SIDE);
});

it('is not held up by those that are away, more of them than there are places', async () => {
  const polls = pollsWith((partition) =>
    AWAY.includes(partition) ? new Promise<void>((done) => back.push(done)) : Promise.resolve(),
  );
  await polls.pollDue();
  expect(sorted(seen)).toEqual(ALL);

  seen = [];
  await polls.pollDue();
  expect(sorted(seen)).toEqual(ALL.filter((partition) => !AWAY.includes(partition)));

  back.forEach((answer) => answer());
  await new Promise((done) => setImmediate(done));
  seen = [];
  const last = polls.pollDue();
  expect(sorted(seen).slice(0, 3)).toEqual([0, 1, 2]);
  await last;
  expect(sorted(seen)).toEqual(ALL);
});

it('tells each fault, and looks at the others all the same', async () => {
  const fault = new Error('on purpose');
  const polls = pollsWith((partition) => (partition % 2 ? Promise.reject(fault) : Promise.resolve()));
  await polls.pollDue();
  expect(sorted(seen)).toEqual(ALL);
  expect(faults).toEqual(ALL.filter((partition) => partition % 2).map(() => fault));
});
