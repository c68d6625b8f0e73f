/**
 * What a schedule does, as JSON text. A leading blank says that its data stand last, so that lists can leave them out unread;
 * texts without one were written by earlier releases.
 */
import type { ScheduleInput } from '@invoq/contract/schedule';

const MARK = ' ';
/** Nothing before it is free text that could hold it: JSON escapes quotes. */
const DATA = ',"data":';

export interface ScheduleParts {
  terms: Omit<ScheduleInput, 'data'>;
  /** JSON text. */
  data: string;
}

export function writeSchedule({ data, ...terms }: ScheduleInput): string {
  return `${MARK}${JSON.stringify(terms).slice(0, -1)}${DATA}${JSON.stringify(data)}}`;
}

/** The data are handed on as they are. */
export function readSchedule(text: string): ScheduleParts {
  if (!text.startsWith(MARK)) {
    const { data, ...terms } = JSON.parse(text) as ScheduleInput;
    return { terms, data: JSON.stringify(data) };
  }
  const at = text.indexOf(DATA);
  return { terms: readWithoutData(`${text.slice(0, at)}}`), data: text.slice(at + DATA.length, -1) };
}

/** Of a text without its data, or with them. */
export function readWithoutData(text: string): Omit<ScheduleInput, 'data'> {
  const { data: _, ...terms } = JSON.parse(text) as ScheduleInput;
  return terms;
}
