/**
 * What callers note on a call for themselves. Invoq decides nothing by it: it keeps it with the record, shows it in every
 * answer about the call, and hands it on to a replay. The rules of each note: apps/api/invocations/notes.dto.ts.
 */
export interface CallNotes {
  /** Short texts by which its caller finds it again: up to 10, each with 1 to 64 characters. */
  tags?: string[];
}

/** One of the tags. */
export const TAG = /^[^\p{Cc}\p{Cs}]{1,64}$/u;

const NAMES = ['tags'] as const satisfies (keyof CallNotes)[];

/** The notes among what was said of a call; undefined: there are none. */
export function notesIn(said: CallNotes): CallNotes | undefined {
  let notes: CallNotes | undefined;
  for (const name of NAMES) if (said[name] !== undefined) (notes ??= {})[name] = said[name];
  return notes;
}
