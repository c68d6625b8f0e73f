/** A schedule: an async call that is made again and again, by a cron expression in a time zone. */
import type { CallNotes } from './call-notes';
import type { RequestID, Time } from './formats';
import type { Refused } from './refusal';
import type { RetryInput } from './retry';

export const OVERLAPS = ['skip', 'queue'] as const;

/** What happens when a run is due and the one before has no end yet: it is left out, or it waits in the queue like any call. */
export type Overlap = (typeof OVERLAPS)[number];

/** Letters, digits, `_`, `-` and `.`, 60 at most. */
export const SCHEDULE_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$/;

/** How the ids of schedules begin that are made of the timer triggers of functions. */
export const TRIGGER_SCHEDULE = 'trigger.';

/** What a function receives of a timer trigger, as in CloudBase. */
export interface TimerEvent {
  Type: 'Timer';
  TriggerName: string;
  /** When it was due: ISO 8601, whole seconds. */
  Time: string;
}

/** As it is asked for; its notes are those of every call that it makes. */
export interface ScheduleInput extends CallNotes {
  /** The function that is called. */
  function: string;
  /** Five fields: minute, hour, day of month, month, day of week. Six: seconds first. Seven: seconds first, the year last. */
  cron: string;
  /** A name of the IANA database, such as `Europe/Berlin`. */
  timezone: string;
  /** What the function receives each time. */
  data: unknown;
  /** The name of a timer trigger: the function receives a `TimerEvent` in place of `data`. */
  trigger?: string;
  overlap: Overlap;
  paused: boolean;
  retry?: RetryInput;
  priority?: number;
  /** Of each run, ms. */
  timeoutMs?: number;
}

/** As it stands. */
export interface Schedule extends ScheduleInput {
  id: string;
  /** null while it is paused, and when no run is left. A run that was put off is tried again then. */
  nextRunAt: Time | null;
  /** What came of the last time that it was due. */
  last?: LastRun;
}

/** As lists have it: without its data. */
export type ListedSchedule = Omit<Schedule, 'data'>;

export interface SchedulePage {
  /** By id, without their data. */
  schedules: ListedSchedule[];
  /** Of the next page; null: there is none. */
  cursor: string | null;
}

export interface ScheduleDeleted {
  deleted: true;
}

export interface NextRuns {
  /** The soonest first. */
  runs: Time[];
}

/** Its data, bytes of JSON. */
export const MAX_SCHEDULE_DATA = 65_536;

/**
 * `submitted`: as a call. `skipped`: the run before had no end yet. `refused`: for good. `delayed`: it could not be taken for
 * now, and is tried again.
 */
export const LAST_RUNS = ['submitted', 'skipped', 'refused', 'delayed'] as const;

/** What came of the last time that it was due. */
export interface LastRun {
  /** When it was due. */
  runAt: Time;
  what: (typeof LAST_RUNS)[number];
  /** Of the last call that was made. */
  requestID?: RequestID;
  /** Why none was made, for good or (`delayed`) for now. */
  refused?: Refused;
}
