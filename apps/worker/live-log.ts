/**
 * What a run prints, as it is kept with the record: ndjson, a line of JSON for each line. It is told while it runs, a
 * quarter of a second late at most; what a short call prints goes along with its end and costs nothing more.
 */
import type { LogLine } from '@invoq/executor/call/call';
import type { InvocationStore } from '@invoq/store/invocation-store';

const EVERY_MS = 250;
/** Characters sent at once, in whole lines. */
const MAX_LENGTH = 65_536;

export class LiveLog {
  private readonly lines: string[] = [];
  /** Bytes that Redis has. */
  private written = 0;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private isOver = false;

  constructor(
    private readonly store: Pick<InvocationStore, 'appendLog'>,
    private readonly requestID: string,
    private readonly attempt: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  readonly add = (line: LogLine): void => {
    this.lines.push(`${JSON.stringify({ attempt: this.attempt, ...line })}\n`);
    this.schedule();
  };

  /** Sends no more by itself; returns what is not sent yet, to go with the end of the attempt. */
  async rest(): Promise<string> {
    this.stop();
    await this.flushing;
    return this.lines.join('');
  }

  /** The attempt is given up: what was printed is kept all the same. */
  async flushRest(): Promise<void> {
    this.stop();
    await this.flushing;
    while (this.lines.length > 0 && (await this.flush())) continue;
  }

  stop(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private schedule(): void {
    if (this.isOver || this.flushing) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flushing = this.flush().then(() => {
        this.flushing = undefined;
        if (this.lines.length > 0) this.schedule();
      });
    }, EVERY_MS).unref();
  }

  /** False: it did not get through, and stays for later. */
  private async flush(): Promise<boolean> {
    let count = 0;
    for (let length = 0; count < this.lines.length; count++) {
      length += this.lines[count].length;
      if (count > 0 && length > MAX_LENGTH) break;
    }
    const text = this.lines.slice(0, count).join('');
    try {
      // Fenced: the attempt is no longer ours, and what it prints is nobody's.
      if (!(await this.store.appendLog(this.requestID, this.attempt, this.written, text))) this.lines.length = count;
      this.written += Buffer.byteLength(text);
      this.lines.splice(0, count);
      return true;
    } catch (error) {
      this.onError(error);
      return false;
    }
  }
}
