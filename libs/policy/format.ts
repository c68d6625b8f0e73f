/**
 * The format of what is kept in Redis. A release reads its own format and the one before, and writes the older one for as
 * long as a process that knows no other is alive.
 */

export type Format = 2 | 3;

/** What this release writes when the whole fleet can read it. */
export const THIS_FORMAT: Format = 3;
/** What the release before wrote. */
export const LAST_FORMAT: Format = 2;

export type FoundFormat = { format: Format | undefined } | { fault: string };

/** The number as Redis has it: a format that this release can write, none yet, or why this release must not start. */
export function foundFormat(text: string | null): FoundFormat {
  if (text === null) return { format: undefined };
  const number = Number(text);
  if (number === THIS_FORMAT || number === LAST_FORMAT) return { format: number };
  const way = number > THIS_FORMAT ? 'Start a newer release.' : BETWEEN;
  return { fault: `The data in Redis have format ${text}, and ${KNOWS}. ${way} See docs/upgrading.md.` };
}

const KNOWS = `this release reads and writes formats ${LAST_FORMAT} and ${THIS_FORMAT}`;
const BETWEEN = 'Start the releases between, one after another.';

/** Of data that the first release left: it wrote no number. */
export const NO_NUMBER = `The data in Redis have no format number, as of format 1, and ${KNOWS}. ${BETWEEN} See docs/upgrading.md.`;

/** What the leader of the fleet knows when it decides. */
export interface FormatFacts {
  /** The number in Redis; undefined: there is none. */
  current: Format | undefined;
  /** The newest format of each living process. */
  formats: number[];
  /** For how long no process was seen that knows no newer format, ms. */
  quietMs: number;
}

/** A process that lost its connection for a moment is not seen meanwhile. So long is waited before it counts as gone, ms. */
export const QUIET_MS = 6_000;

/** The number that is wanted. It is to fall as soon as somebody knows no other, and rises when all who do have been gone for a while. */
export function formatToWrite({ current, formats, quietMs }: FormatFacts): Format {
  if (isOlderAmong(formats)) return LAST_FORMAT;
  return current === LAST_FORMAT && quietMs < QUIET_MS ? LAST_FORMAT : THIS_FORMAT;
}

/** Does any of these know no newer format than the last one? */
export function isOlderAmong(formats: number[]): boolean {
  return formats.some((format) => format < THIS_FORMAT);
}
