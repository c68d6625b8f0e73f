/**
 * What a run prints, as it is kept with the record: ndjson, a line of JSON for each line. It is told while it runs, a
 * quarter of a second late at most; what a short call prints goes along with its end and costs nothing more.
 */
import type { LogLine } from '@invoq/executor/call/call';
import type { InvocationStore } from '@invoq/store/invocation-store';

const EVERY_MS = 250;
/** Characters told at once, lines being whole. */
const MAX_LENGTH = 65_536;

export class LiveLog {
  private readonly lines: string[] = [];
  /** Bytes that Redis has. */
  private told = 0;
  private timer: NodeJS.Timeout | undefined;
  private telling: Promise<void> | undefined;
  private isOver = false;

  constructor(
    private readonly store: Pick<InvocationStore, 'tell'>,
    private readonly requestID: string,
    private readonly attempt: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  readonly add = (line: LogLine): void => {
    this.lines.push(`${JSON.stringify({ attempt: this.attempt, ...line })}\n`);
    this.schedule();
  };

  /** Tells no more by itself; answers what is not told yet, for whoever says how the attempt ended. */
  async rest(): Promise<string> {
    this.stop();
    await this.telling;
    return this.lines.join('');
  }

  /** The attempt is given up: what was printed is kept all the same. */
  async tellRest(): Promise<void> {
    this.stop();
    await this.telling;
    while (this.lines.length > 0 && (await this.tell())) continue;
  }

  stop(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private schedule(): void {
    if (this.isOver || this.telling) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.telling = this.tell().then(() => {
        this.telling = undefined;
        if (this.lines.length > 0) this.schedule();
      });
    }, EVERY_MS).unref();
  }

  /** False: it did not get through, and stays for later. */
  private async tell(): Promise<boolean> {
    let count = 0;
    for (let length = 0; count < this.lines.length; count++) {
      length += this.lines[count].length;
      if (count > 0 && length > MAX_LENGTH) break;
    }
    const text = this.lines.slice(0, count).join('');
    try {
      // Fenced: the attempt is no longer ours, and what it prints is nobody's.
      if (!(await this.store.tell(this.requestID, this.attempt, this.told, text))) this.lines.length = count;
      this.told += Buffer.byteLength(text);
      this.lines.splice(0, count);
      return true;
    } catch (error) {
      this.onError(error);
      return false;
    }
  }
}
