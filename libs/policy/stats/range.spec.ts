import { rangeOf, type RangeQuery, startsOf } from './range';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const NOW = Date.UTC(2026, 4, 20, 12, 34, 56);

const minutes = (query: RangeQuery): unknown => {
  const range = rangeOf(query, NOW);
  if ('field' in range) return range;
  const { from, to, stepMs, resolution } = range;
  return [(from - NOW) / MINUTE, (to - NOW) / MINUTE, stepMs / MINUTE, resolution.stepMs / MINUTE].map(Math.floor);
};

it.each<[string, RangeQuery, number[]]>([
  ['nothing is asked: the last hour by minutes', {}, [-61, 0, 1, 1]],
  ['three hours by minutes', { from: NOW - 3 * HOUR }, [-181, 0, 1, 1]],
  ['a day by ten minutes', { from: NOW - DAY }, [-1445, 5, 10, 10]],
  ['a week by hours', { from: NOW - 7 * DAY }, [-10115, 25, 60, 60]],
  ['a step of one day is read from hours', { from: NOW - 2 * DAY, stepMs: DAY }, [-3635, 685, 1440, 60]],
  ['a step of five minutes is read from minutes', { stepMs: 5 * MINUTE }, [-65, 0, 5, 1]],
  ['a step of half an hour is read from ten minutes', { from: NOW - DAY, stepMs: 30 * MINUTE }, [-1445, 25, 30, 10]],
  ['what ended before now', { from: NOW - 3 * HOUR, to: NOW - 2 * HOUR }, [-181, -120, 1, 1]],
  ['what is to come is left out', { to: NOW + HOUR }, [-61, 0, 1, 1]],
])('%s', (_, query, expected) => {
  expect(minutes(query)).toEqual(expected);
});

it.each<[string, RangeQuery, string, RegExp]>([
  ['the wrong way round', { from: NOW - HOUR, to: NOW - 2 * HOUR }, 'from', /before "to"/],
  ['nothing between', { from: NOW - HOUR, to: NOW - HOUR }, 'from', /before "to"/],
  ['in the future', { from: NOW + MINUTE }, 'from', /future/],
  ['older than all that is kept', { from: NOW - 7 * DAY - 1 }, 'from', /last 7 days/],
  ['half a minute', { stepMs: 30_000 }, 'step', /whole minutes/],
  ['a minute and a half', { stepMs: 90_000 }, 'step', /whole minutes/],
  ['two days', { stepMs: 2 * DAY }, 'step', /1d/],
  ['more points than there may be', { from: NOW - 7 * DAY, stepMs: MINUTE }, 'step', /10080 points.*1500/],
  ['more points than there may be, ahead', { to: NOW + 365 * DAY, stepMs: MINUTE }, 'step', /1500/],
  ['minutes of a time whose minutes are gone', { from: NOW - 4 * HOUR, stepMs: MINUTE }, 'step', /multiple of 10m/],
  [
    'ten minutes of a time whose hours are kept',
    { from: NOW - 2 * DAY, stepMs: 10 * MINUTE },
    'step',
    /multiple of 1h/,
  ],
])('%s is refused', (_, query, field, rule) => {
  expect(rangeOf(query, NOW)).toEqual({ field, rule: expect.stringMatching(rule) as string });
});

it('the buckets of a range are all that lie in it', () => {
  const range = rangeOf({ from: NOW - 7 * DAY, stepMs: 6 * HOUR }, NOW);
  if ('field' in range) throw new Error(range.rule);
  const starts = startsOf(range);
  expect(starts[0]).toBe(range.from);
  expect(starts.at(-1)).toBe(range.to - HOUR);
  expect(starts).toHaveLength((range.to - range.from) / HOUR);
});
