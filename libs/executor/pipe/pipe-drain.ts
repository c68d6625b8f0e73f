/**
 * Reads a sandbox's real stdout or stderr (native code, child processes, writes to the descriptor). What is not kept is
 * still read, slowly: a flood fills the pipe and waits there, at the function's cost.
 */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Pause after each chunk that nobody keeps, ms: 64 KiB in 5 ms, 13 MB/s at most. */
const PAUSE_MS = 5;

export class PipeDrain {
  private readonly decoder = new StringDecoder('utf8');
  private timer: NodeJS.Timeout | undefined;

  /** `keep` answers whether it wants more. */
  constructor(
    private readonly pipe: Readable,
    keep: (text: string) => boolean,
  ) {
    pipe.on('data', (chunk: Buffer) => {
      if (!keep(this.decoder.write(chunk))) this.pause();
    });
    // The process is gone, which its exit tells as well.
    pipe.on('error', () => undefined);
  }

  /** Half a character that has come is all that will come of it: what comes next is of another call. */
  endOfCall(): string {
    return this.decoder.end();
  }

  close(): void {
    clearTimeout(this.timer);
    this.pipe.destroy();
  }

  private pause(): void {
    this.pipe.pause();
    this.timer = setTimeout(() => this.pipe.resume(), PAUSE_MS);
  }
}
