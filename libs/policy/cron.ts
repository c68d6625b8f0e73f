/**
 * When a cron expression runs. Pure: the time is handed in. The only owner of croner, which reads expressions and steps from
 * one time on the wall to the next; which moment a time on the wall is, is decided here.
 */
import { Cron } from 'croner';
import type { FieldError } from '@invoq/contract/refusal';
import { type ClockChange, firstChange, isTimezone, offsetAt } from './zone-clock';

const DAY_MS = 86_400_000;
/** No change of clocks leaves out or repeats more than a day. */
const LONGEST_CHANGE_MS = DAY_MS + 3_600_000;
/** The characters of each field. Not `H` (a time by chance): runs are the same whoever computes them. */
const FIELD = /^[0-9A-GI-Za-gi-z*,/#?-]+$/;
const FIELDS = 'must be five fields (minute, hour, day of month, month, day of week), six with seconds first, or seven with the year last'; // prettier-ignore

/** What is wrong with it; undefined: nothing. */
export function cronError(cron: string, timezone: string): FieldError | undefined {
  if (!isTimezone(timezone))
    return { field: 'timezone', rule: 'must be the name of a time zone, such as Europe/Berlin' };
  const fields = fieldsOf(cron);
  if (fields.length < 5 || fields.length > 7) return { field: 'cron', rule: FIELDS };
  const strange = fields.find((field) => !FIELD.test(field) || field.startsWith('/'));
  if (strange !== undefined) return { field: 'cron', rule: `must be a cron expression, and "${strange}" is no field` };
  try {
    // From the start of the epoch: a year that is over is no fault of the expression.
    if (wallsOf(cron).nextRun(new Date(0)) !== null) return undefined;
    return { field: 'cron', rule: 'must be an expression that has a run: no date is like this' };
  } catch (error) {
    return { field: 'cron', rule: `must be a cron expression, and "${cron}" is none: ${reasonOf(error)}` };
  }
}

/** The next run after a time, ms since the epoch; undefined: there is none, its years are over. */
export function nextRun(cron: string, timezone: string, afterMs: number): number | undefined {
  return nextOf(wallsOf(cron), isEachHour(cron), timezone, afterMs);
}

/** The next runs after a time, one by one. */
export function* runsFrom(cron: string, timezone: string, afterMs: number): Generator<number, void> {
  const walls = wallsOf(cron);
  const isTwice = isEachHour(cron);
  let run = nextOf(walls, isTwice, timezone, afterMs);
  for (; run !== undefined; run = nextOf(walls, isTwice, timezone, run)) yield run;
}

/**
 * Between two changes of clocks, a time on the wall is one moment. Where the clock is put forward, a time that is left out is
 * the moment at which it would have been. Where it is put back, a time that comes twice is its first moment, or both.
 */
function nextOf(walls: Cron, isTwice: boolean, timezone: string, afterMs: number): number | undefined {
  for (let after = afterMs; ;) {
    const now = after + 1;
    const offset = offsetAt(timezone, now);
    const begun = firstChange(timezone, now - LONGEST_CHANGE_MS, now);
    const change = begun && begun.to === offset ? begun : undefined;
    const next = earlier(wallRun(walls, isTwice, change, offset, after), madeUpRun(walls, change, after));
    const near = after + 3 * DAY_MS;
    const end = Math.min(next ?? near, near);
    const coming = firstChange(timezone, now, end);
    if (coming) after = coming.at - 1;
    else if (next === undefined || next <= end) return next;
    // Nothing is nearer, whatever the changes until then.
    else after = next - 2 * DAY_MS;
  }
}

/** The next run by the clock as it goes at `after`. */
function wallRun(walls: Cron, isTwice: boolean, change: ClockChange | undefined, offset: number, after: number) {
  // The times up to here have been on the wall before the clock was put back.
  const seen = change && !isTwice ? change.at + change.from - 1 : -Infinity;
  return minus(wallAfter(walls, Math.max(after + offset, seen)), offset);
}

/** The next run of those that the clock left out when it was put forward. */
function madeUpRun(walls: Cron, change: ClockChange | undefined, after: number): number | undefined {
  if (!change || change.to < change.from) return undefined;
  const wall = wallAfter(walls, Math.max(after, change.at - 1) + change.from);
  return wall !== undefined && wall < change.at + change.to ? wall - change.from : undefined;
}

/** Wall-clock times are handled as if they were UTC. */
function wallAfter(walls: Cron, wall: number): number | undefined {
  return walls.nextRun(new Date(wall))?.getTime();
}

function wallsOf(cron: string): Cron {
  return new Cron(fieldsOf(cron).join(' '), { utcOffset: 0, sloppyRanges: true });
}

function fieldsOf(cron: string): string[] {
  return cron.trim().split(/[ \t]+/);
}

/** Whether its hours are `*` or a step of it: such an expression goes on by the hour when the clock is put back. */
function isEachHour(cron: string): boolean {
  const fields = fieldsOf(cron);
  return /^[*?]/.test(fields[fields.length === 5 ? 1 : 2]);
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one !== undefined && other !== undefined ? Math.min(one, other) : (one ?? other);
}

function minus(wall: number | undefined, offset: number): number | undefined {
  return wall === undefined ? undefined : wall - offset;
}

function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/^CronPattern: (Syntax error, )?/, '');
}
