/**
 * The format of what is kept in Redis. A release reads its own format and the one before, and writes the older one for as
 * long as a process that knows no other is alive. Formats 1 and 2 differ in the layout of the waiting lines alone.
 */

export type Format = 1 | 2;

/** What this release writes when the whole fleet can read it. */
export const THIS_FORMAT: Format = 2;
/** What the release before wrote. Its processes leave no number in Redis, and send no heartbeats. */
export const LAST_FORMAT: Format = 1;

/** The format to write now, and who listens for its change. */
export interface FormatInForce {
  format(): Format;
  /** `listener` is called after each change, with the new format. */
  onFormat(listener: (format: Format) => void): void;
}

export type FoundFormat = { format: Format | undefined } | { fault: string };

/** The number as Redis has it: a format that this release can write, none yet, or why this release must not start. */
export function foundFormat(text: string | null): FoundFormat {
  if (text === null) return { format: undefined };
  const number = Number(text);
  if (number === THIS_FORMAT || number === LAST_FORMAT) return { format: number };
  const knows = `this release reads and writes formats ${LAST_FORMAT} and ${THIS_FORMAT}`;
  const way = number > THIS_FORMAT ? 'Start a newer release.' : 'Start the releases between, one after another.';
  return { fault: `The data in Redis have format ${text}, and ${knows}. ${way} See docs/upgrading.md.` };
}

/** What the leader of the fleet knows when it decides. */
export interface FormatFacts {
  /** The number in Redis; undefined: there is none. */
  current: Format | undefined;
  /** The newest format of each living process. */
  formats: number[];
  /** For how long no process without heartbeats was seen, ms; Infinity: this leader was the first of its fleet. */
  quietMs: number;
}

/** A process that lost its connection for a moment is not seen meanwhile. So long is waited before it counts as gone, ms. */
export const QUIET_MS = 6_000;

/** The format to be written from now on. Falls at once, and rises when every process that knows no other has been gone for a while. */
export function formatToWrite({ current, formats, quietMs }: FormatFacts): Format {
  if (quietMs === 0 || formats.some((format) => format < THIS_FORMAT)) return LAST_FORMAT;
  if (current === LAST_FORMAT && quietMs < QUIET_MS) return LAST_FORMAT;
  return THIS_FORMAT;
}
