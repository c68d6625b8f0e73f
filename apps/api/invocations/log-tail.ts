/** The last lines of a call's log, for a sync answer that asks for them. */
import type { RecordReader } from '@invoq/store/record/record-reader';

/** Of the log, at most: it goes into a header. */
const LOG_TAIL_BYTES = 4_096;

export class LogTail {
  constructor(private readonly reader: RecordReader) {}

  /** By the way: the answer is there, and is given without it when Redis is not. */
  async of(requestID: string, lines: number): Promise<string> {
    const text = await this.reader.logTail(requestID, LOG_TAIL_BYTES).catch(() => '');
    return lastLines(text, lines);
  }
}

/** The last `count` whole lines. */
function lastLines(text: string, count: number): string {
  const lines = text.split('\n').slice(0, -1);
  if (lines.length > 0 && !lines[0].startsWith('{')) lines.shift();
  return lines
    .slice(-count)
    .map((line) => `${line}\n`)
    .join('');
}
