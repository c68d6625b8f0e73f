/** The clock on the wall of a time zone, and when it is put forward or back. Pure: `Intl` and its time zone database. */

/** A moment at which the clock is put forward or back. Times and offsets are ms. */
export interface ClockChange {
  /** The first moment of the new offset. */
  at: number;
  /** What was added to UTC before, and what is added since. */
  from: number;
  to: number;
}

/** Two changes are never nearer to each other. */
const PROBE_MS = 86_400_000;
/** Making a formatter is a hundred times as dear as using one. */
const MAX_FORMATTERS = 700;
const formatters = new Map<string, Intl.DateTimeFormat>();

export function isTimezone(name: string): boolean {
  try {
    return name !== '' && formatterOf(name).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What the zone adds to UTC at a moment, ms. */
export function offsetAt(timezone: string, ms: number): number {
  const whole = Math.floor(ms / 1_000) * 1_000;
  const [month, day, year, hour, minute, second] = formatterOf(timezone).format(whole).match(/\d+/g)!.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
}

/** The first change after `from` and up to `to`, both ms since the epoch. */
export function firstChange(timezone: string, from: number, to: number): ClockChange | undefined {
  const before = offsetAt(timezone, from);
  for (let low = from; low < to; low += PROBE_MS) {
    const high = Math.min(low + PROBE_MS, to);
    if (offsetAt(timezone, high) !== before) return changeBetween(timezone, low, high, before);
  }
  return undefined;
}

function changeBetween(timezone: string, low: number, high: number, before: number): ClockChange {
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timezone, middle) === before) low = middle;
    else high = middle;
  }
  return { at: high, from: before, to: offsetAt(timezone, high) };
}

function formatterOf(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone);
  if (known) return known;
  const numeric = 'numeric';
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone, hourCycle: 'h23', calendar: 'gregory', numberingSystem: 'latn',
    year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric,
  }); // prettier-ignore
  if (formatters.size >= MAX_FORMATTERS) formatters.clear();
  formatters.set(timezone, made);
  return made;
}
