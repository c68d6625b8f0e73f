/** What is written while a sandbox has a call, or has something of one left at work. Between calls it belongs to nobody. */
import { leftLine } from '../pipe/left-line';
import type { OutputHead } from '../pipe/messages';
import type { LogCapture } from './log-capture';

export class CallOutput {
  private capture: LogCapture | undefined;
  /** Something came by other ways than the sandbox's own channel. */
  hasRaw = false;

  /** Whether anybody listens. */
  get isKept(): boolean {
    return this.capture !== undefined;
  }

  begin(capture: LogCapture): void {
    this.capture = capture;
  }

  /** Over the sandbox's own channel. */
  write({ at, level, stream, cut }: OutputHead, text: string): void {
    this.capture?.write('console', stream, level, at, text);
    if (cut) this.capture?.markCut(at);
  }

  /** By other ways, which have no level of their own. False: no more of it is wanted. */
  writeRaw(stream: 'stdout' | 'stderr', text: string): boolean {
    const { capture } = this;
    this.hasRaw = true;
    if (capture === undefined || capture.cut) return false;
    capture.write('pipe', stream, stream === 'stdout' ? 'info' : 'error', Date.now(), text);
    return true;
  }

  /** What was still at work so long after the answer, and is ended. */
  writeLeft(left: string, at: number, ms: number): void {
    this.capture?.write('console', 'stderr', 'warn', at, `${leftLine(left, ms)}\n`);
  }

  end(): void {
    this.capture?.flush();
    this.capture = undefined;
  }
}
