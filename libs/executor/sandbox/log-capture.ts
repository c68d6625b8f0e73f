/** Keeps what one call writes: split in lines, up to a number of bytes, with a mark where it was cut. */
import { cutText } from '@invoq/contract/cut-text';
import type { LogLevel, LogLine, LogStream } from '../call/call';
import { LINE_COST } from '../pipe/messages';

/** Where text comes from; parts of a line are joined per source. */
export type LogSource = 'console' | 'pipe';

interface Part {
  text: string;
  at: number;
  level: LogLevel;
  stream: LogStream;
}

export class LogCapture {
  readonly lines: LogLine[] = [];
  private parts = new Map<string, Part>();
  private bytes = 0;
  private full = false;
  private isOver = false;

  /** `onLate`: receives the lines that come after the answer, which are not among `lines`. */
  constructor(
    private readonly maxBytes: number,
    private readonly onLine?: (line: LogLine) => void,
    private readonly onLate?: (line: LogLine) => void,
  ) {}

  /** The call has answered: `lines` are handed over, and what comes now is late. */
  answered(): void {
    this.flush();
    this.isOver = true;
  }

  /** Whether lines were left out. */
  get cut(): boolean {
    return this.full;
  }

  /** `at` is ms since the epoch. */
  write(source: LogSource, stream: LogStream, level: LogLevel, at: number, text: string): void {
    if (this.full || text === '') return;
    const key = `${source} ${stream}`;
    const part = this.parts.get(key);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1 && !this.full; end = text.indexOf('\n', start)) {
      const begun = start === 0 ? part : undefined;
      this.keep(begun?.at ?? at, begun?.level ?? level, stream, (begun?.text ?? '') + text.slice(start, end));
      start = end + 1;
    }
    if (this.full) return;
    const tail = start === 0 ? (part?.text ?? '') + text : text.slice(start);
    if (start > 0 || part === undefined) this.parts.set(key, { text: tail, at, level, stream });
    else part.text = tail;
    if (tail === '') this.parts.delete(key);
    else if (this.bytes + tail.length > this.maxBytes) this.flush();
  }

  /** The last line may lack its end. */
  flush(): void {
    const parts = [...this.parts.values()];
    this.parts.clear();
    for (const part of parts) this.keep(part.at, part.level, part.stream, part.text);
  }

  /** What follows was left out by whoever wrote it. */
  markCut(at: number): void {
    this.flush();
    this.close(at);
  }

  private keep(at: number, level: LogLevel, stream: LogStream, text: string): void {
    if (this.full) return;
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    const cost = Buffer.byteLength(line) + LINE_COST;
    if (this.bytes + cost <= this.maxBytes) {
      this.bytes += cost;
      return this.add(at, level, stream, line);
    }
    const room = this.maxBytes - this.bytes - LINE_COST;
    // A character is 1 to 3 bytes per unit of the string, so this many units fit in any case.
    if (room >= 3) this.add(at, level, stream, cutText(line, Math.floor(room / 3)));
    this.close(at);
  }

  private close(at: number): void {
    if (this.full) return;
    this.full = true;
    this.parts.clear();
    this.add(at, 'warn', 'stderr', `[the log was cut here: it may be ${this.maxBytes} bytes long]`);
  }

  private add(at: number, level: LogLevel, stream: LogStream, text: string): void {
    const line: LogLine = { time: new Date(at).toISOString(), level, stream, text };
    if (this.isOver) return this.onLate?.(line);
    this.lines.push(line);
    this.onLine?.(line);
  }
}
