import { MAX_FUNCTIONS, readName, Tallies } from './tallies';
import { addTally, count, emptyTally, type EndedCall, readTally, type Tally } from './tally';

const MINUTE = 60_000;
/** The first minute of an hour. */
const AT = Date.UTC(2026, 0, 1, 10);

const ended = (more: Partial<EndedCall> = {}): EndedCall => ({
  env: 'shop',
  function: 'pay',
  outcome: 'succeeded',
  waitMs: 3,
  runMs: 20,
  ...more,
});

const totalOf = ({ o }: Tally): number => Object.values(o).reduce((sum, each) => sum + each, 0);

it('a call is in its function, its env and the sum of all, in a minute, ten minutes and an hour', () => {
  const tallies = new Tallies();
  tallies.add(ended(), AT + 61 * MINUTE + 5);
  const cells = tallies.take();
  expect(cells.map(({ stepMs, start, name }) => [stepMs / MINUTE, (start - AT) / MINUTE, name]).sort()).toEqual(
    ['*', 'shop:*', 'shop:pay']
      .flatMap((name) => [
        [1, 61, name],
        [10, 60, name],
        [60, 60, name],
      ])
      .sort(),
  );
  for (const { tally } of cells) expect(tally).toMatchObject({ o: { succeeded: 1 }, wx: 3, rx: 20 });
  expect([tallies.isEmpty, tallies.take()]).toEqual([true, []]);
});

it('minutes of one hour are one hour', () => {
  const tallies = new Tallies();
  for (let minute = 0; minute < 60; minute++) tallies.add(ended({ waitMs: minute }), AT + minute * MINUTE);
  const hours = tallies.take().filter(({ stepMs, name }) => stepMs === 60 * MINUTE && name === 'shop:pay');
  expect(hours).toHaveLength(1);
  expect(hours[0].tally).toMatchObject({ o: { succeeded: 60 }, wx: 59 });
});

it('more functions than there may be are added up by env, and no call is missing from the sums', () => {
  const tallies = new Tallies();
  const many = MAX_FUNCTIONS + 50;
  for (let i = 0; i < many; i++) tallies.add(ended({ function: `f${i}`, env: i % 2 ? 'odd' : 'even' }), AT);
  const cells = tallies.take().filter(({ stepMs }) => stepMs === MINUTE);
  const named = cells.filter(({ name }) => readName(name));
  const of = (name: string) => totalOf(cells.find((cell) => cell.name === name)!.tally);
  expect(named).toHaveLength(MAX_FUNCTIONS);
  expect([of('odd:~') + of('even:~'), of('odd:*'), of('even:*'), of('*')]).toEqual([50, many / 2, many / 2, many]);
});

it('while nothing can be written, the last hour is held and no more', () => {
  const tallies = new Tallies();
  for (let minute = 0; minute < 100; minute++) tallies.add(ended(), AT + minute * MINUTE);
  const minutes = tallies.take().filter(({ stepMs, name }) => stepMs === MINUTE && name === '*');
  expect(minutes).toHaveLength(60);
  expect(Math.min(...minutes.map(({ start }) => start))).toBe(AT + 40 * MINUTE);
});

it('a tally is read as outcomes that are all there, and times only of calls that had them', () => {
  const tally = emptyTally();
  count(tally, ended({ outcome: 'expired', runMs: undefined, waitMs: 60_000 }));
  count(tally, ended({ outcome: 'lost', runMs: undefined, waitMs: undefined }));
  const { calls, waitMs, runMs } = readTally(tally);
  expect(calls).toEqual({
    succeeded: 0, failed: 0, timedOut: 0, crashed: 0, expired: 1, cancelled: 0, lost: 1, total: 2,
  }); // prettier-ignore
  expect(waitMs).toMatchObject({ max: 60_000 });
  expect(waitMs!.p50).toBeLessThanOrEqual(60_000);
  expect(runMs).toBeNull();
});

it('adding tallies is counting all of their calls in one', () => {
  const [left, right, both] = [emptyTally(), emptyTally(), emptyTally()];
  for (let i = 0; i < 500; i++) {
    const call = ended({ outcome: i % 3 ? 'succeeded' : 'failed', waitMs: i, runMs: i % 5 ? i * i : undefined });
    count(i % 2 ? left : right, call);
    count(both, call);
  }
  addTally(left, right);
  expect(left).toEqual(both);
  expect(addedTo(emptyTally(), both)).toEqual(both);
});

function addedTo(tally: Tally, more: Tally): Tally {
  addTally(tally, more);
  return tally;
}
