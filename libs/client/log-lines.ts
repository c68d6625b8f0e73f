/** What a function printed, line by line. */
export interface LogLine {
  /** The start in which it was printed, from 1. */
  attempt: number;
  /** ISO 8601. */
  time: string;
  level: 'debug' | 'info' | 'warn' | 'error';
  stream: 'stdout' | 'stderr';
  text: string;
}

export function readLogLines(ndjson: string): LogLine[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}
