/** When a cron expression runs. Pure: the time is handed in. The only owner of cron-parser. */
import { CronExpressionParser } from 'cron-parser';
import type { FieldFault } from '@invoq/contract/errors';

/** Minutes are the finest. `H` (a minute by chance) is not among the letters: runs must be the same whoever computes them. */
const FIVE_FIELDS = /^[0-9A-GI-Za-gi-z*,/#?-]+( [0-9A-GI-Za-gi-z*,/#?-]+){4}$/;

/** What is wrong with it; undefined: nothing. */
export function cronFault(cron: string, timezone: string): FieldFault | undefined {
  if (!isTimezone(timezone))
    return { field: 'timezone', rule: 'must be the name of a time zone, such as Europe/Berlin' };
  if (!FIVE_FIELDS.test(cron)) {
    return { field: 'cron', rule: 'must be five fields: minute, hour, day of month, month, day of week' };
  }
  try {
    runsAfter(cron, timezone, 0, 1);
    return undefined;
  } catch (error) {
    return { field: 'cron', rule: `must be an expression that has a run: ${(error as Error).message}` };
  }
}

/**
 * The next runs after a time, ms since the epoch. By the clock on the wall of the zone: a time that a change of clocks leaves
 * out is run that much later, one that it brings twice is run once.
 */
export function runsAfter(cron: string, timezone: string, afterMs: number, count: number): number[] {
  const runs = runsFrom(cron, timezone, afterMs);
  return Array.from({ length: count }, () => runs.next().value);
}

/** The same one by one: a rare run takes some milliseconds to find. */
export function runsFrom(cron: string, timezone: string, afterMs: number): Iterator<number, never> {
  const expression = CronExpressionParser.parse(cron, { currentDate: new Date(afterMs), tz: timezone });
  return { next: () => ({ value: expression.next().getTime(), done: false }) };
}

function isTimezone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && name !== '';
  } catch {
    return false;
  }
}
