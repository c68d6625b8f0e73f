/**
 * All zones of the IANA database around each of their clock changes, against a walk from minute to minute that knows nothing
 * of cron libraries: which wall times there are, which are left out, and which come twice.
 */
import { runsFrom } from './cron';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Looked at on either side of a change. */
const AROUND = 4 * HOUR;
const ZONES = [...Intl.supportedValuesOf('timeZone'), 'Antarctica/Troll', 'UTC'];
/** A year of today's rules, and changes of the past that were unlike others: a whole day, half hours, three hours. */
const YEAR_2027 = [Date.UTC(2027, 0), Date.UTC(2028, 0)] as const;
const ODD: [zone: string, from: number, to: number][] = [
  ['Pacific/Apia', Date.UTC(2011, 11, 28), Date.UTC(2012, 0, 2)],
  ['Pacific/Kwajalein', Date.UTC(1993, 7, 19), Date.UTC(1993, 7, 23)],
  ['Asia/Pyongyang', Date.UTC(2015, 7, 13), Date.UTC(2015, 7, 16)],
  ['Asia/Pyongyang', Date.UTC(2018, 4, 3), Date.UTC(2018, 4, 6)],
  ['America/Caracas', Date.UTC(2007, 11, 8), Date.UTC(2007, 11, 11)],
  ['Antarctica/Casey', Date.UTC(2018, 2, 9), Date.UTC(2018, 2, 12)],
];
const MINUTES = ['0', '30', '*/15', '10-50/20', '59'];
const HOURS = ['*', '*/2', '*/6', '0', '1', '2', '3', '23', '1,2', '0-3', '22-23', '1/2'];
const DAYS = ['* * *', '* * 0', '28 3 *', '1-7 * 6,0'];
const PATTERNS = MINUTES.flatMap((minute) => HOURS.flatMap((hour) => DAYS.map((day) => `${minute} ${hour} ${day}`)));
const FEW = ['30 2 * * *', '*/15 2 * * *', '0 * * * *', '0,30 0 * * *', '15 23 * * *', '0 1-3 * * *'];

const walls = new Map<string, Intl.DateTimeFormat>();
const wallAt = (zone: string, ms: number): number => {
  const format = walls.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }); // prettier-ignore
  walls.set(zone, format);
  return Date.parse(`${format.format(ms).replace(' ', 'T')}Z`);
};

/** A change in each zone that has one; `from` and `to` bound the search. */
function changesOf(zone: string, from: number, to: number): number[] {
  const changes: number[] = [];
  const offset = (ms: number) => wallAt(zone, ms) - ms;
  for (let at = from; at < to; at += 12 * HOUR) {
    if (offset(at) === offset(at + 12 * HOUR)) continue;
    let low = at;
    let high = at + 12 * HOUR;
    while (high - low > MINUTE) {
      const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
      if (offset(middle) === offset(at)) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}

/** Minutes of the wall in the window: those that are there, each with whether it was there before, and those left out. */
interface Minute {
  at: number;
  wall: number;
  isSecond: boolean;
  leftOut?: number;
}

function minutesOf(zone: string, from: number, to: number): Minute[] {
  const minutes: Minute[] = [];
  let latest = wallAt(zone, from - 30 * HOUR);
  let leftOut: { first: number; until: number; at: number } | undefined;
  for (let at = from - 30 * HOUR; at <= to; at += MINUTE) {
    // Only near the window is each minute asked for.
    const wall = wallAt(zone, at);
    if (wall > latest + MINUTE) leftOut = { first: latest + MINUTE, until: wall, at };
    const missing = leftOut && leftOut.first + (at - leftOut.at);
    minutes.push({
      at,
      wall,
      isSecond: wall <= latest && at > from - 30 * HOUR,
      leftOut: missing !== undefined && missing < leftOut!.until ? missing : undefined,
    });
    latest = Math.max(latest, wall);
  }
  return minutes.filter((minute) => minute.at >= from);
}

const NUMBERS = (text: string, low: number, high: number): Set<number> => {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [range, step] = part.split('/');
    const [first, last] = range === '*' ? [low, high] : range.split('-').map(Number);
    for (let n = first; n <= (last ?? (step ? high : first)); n += Number(step ?? 1)) found.add(n);
  }
  return found;
};

function matcherOf(pattern: string): (wall: number) => boolean {
  const [minute, hour, day, month, weekday] = pattern.split(' ');
  const sets = [NUMBERS(minute, 0, 59), NUMBERS(hour, 0, 23), NUMBERS(day, 1, 31), NUMBERS(month, 1, 12), NUMBERS(weekday, 0, 6)]; // prettier-ignore
  return (wall) => {
    const date = new Date(wall);
    const isDay = sets[2].has(date.getUTCDate());
    const isWeekday = sets[4].has(date.getUTCDay());
    const onDay = day === '*' || weekday === '*' ? isDay && isWeekday : isDay || isWeekday;
    return (
      sets[0].has(date.getUTCMinutes()) &&
      sets[1].has(date.getUTCHours()) &&
      sets[3].has(date.getUTCMonth() + 1) &&
      onDay
    );
  };
}

function walked(minutes: Minute[], pattern: string): number[] {
  const matches = matcherOf(pattern);
  const isEachHour = pattern.split(' ')[1].startsWith('*');
  return minutes
    .filter(
      ({ wall, isSecond, leftOut }) =>
        (matches(wall) && (isEachHour || !isSecond)) || (leftOut !== undefined && matches(leftOut)),
    )
    .map(({ at }) => at);
}

function stepped(zone: string, pattern: string, from: number, to: number): number[] {
  const found: number[] = [];
  for (const run of runsFrom(pattern, zone, from - 1)) {
    if (run > to) break;
    found.push(run);
  }
  return found;
}

const isoOf = (runs: number[]) => runs.map((ms) => new Date(ms).toISOString());
function compare(zone: string, at: number, patterns: string[]): number {
  const minutes = minutesOf(zone, at - AROUND, at + AROUND);
  for (const pattern of patterns) {
    const runs = isoOf(stepped(zone, pattern, at - AROUND, at + AROUND));
    expect({ zone, pattern, runs }).toEqual({ zone, pattern, runs: isoOf(walked(minutes, pattern)) });
  }
  return patterns.length;
}

it('every zone, around each change of its clock', () => {
  const full = new Set<string>();
  let cases = 0;
  for (const zone of ZONES) {
    for (const at of changesOf(zone, ...YEAR_2027)) {
      const minutes = [wallAt(zone, at - MINUTE), wallAt(zone, at)];
      // Zones that change alike are walked with all patterns once, and with a few each.
      const kind = `${minutes.join(' ')}`;
      cases += compare(zone, at, full.has(kind) ? FEW : PATTERNS);
      full.add(kind);
    }
  }
  expect(cases).toBeGreaterThan(4_000);
}, 120_000);

it('changes by a whole day, half an hour and three hours', () => {
  for (const [zone, from, to] of ODD) {
    const changes = changesOf(zone, from, to);
    expect([zone, changes.length]).toEqual([zone, 1]);
    compare(zone, changes[0], PATTERNS);
  }
}, 60_000);
