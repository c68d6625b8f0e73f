/** Our end of the pipe to the worker. When the other end goes away there is nobody left to work for. */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { frame, FrameReader, type FrameHandler } from '../frames';
import { CHANNEL_FD, type Kind } from '../messages';

/** Read at once, bytes; one buffer for all reads. */
const READ_BYTES = 64 * 1024;
// User code may replace what it finds.
const { exit } = process;
const { concat } = Buffer;

export class Channel {
  private readonly pipe: Socket;
  private held: Buffer | undefined;

  constructor(onMessage: FrameHandler) {
    const reader = new FrameReader(onMessage, Number.MAX_SAFE_INTEGER);
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (length: number): boolean => {
      reader.push(buffer.subarray(0, length));
      return true;
    };
    // Without `onread` each read makes a buffer of 64 KiB and passes through the machinery of streams.
    const options = { fd: CHANNEL_FD, readable: true, writable: true, onread: { buffer, callback } };
    this.pipe = new Socket(options);
    this.pipe.on('close', () => exit.call(process, 1));
    this.pipe.on('error', () => exit.call(process, 1));
    process.on('exit', () => this.flush());
  }

  /**
   * The bytes are with the kernel when this returns, as long as the worker keeps reading: what was said before a hang, an
   * exit or a kill is heard.
   */
  send(kind: Kind, head?: object, body?: string): void {
    const bytes = frame(kind, head, body);
    const { held } = this;
    this.held = undefined;
    this.write(held === undefined ? bytes : concat([held, bytes]));
  }

  /** Goes out in one write with what is sent next: half the work for both sides. At an exit it goes out as well. */
  hold(kind: Kind, head?: object, body?: string): void {
    this.flush();
    this.held = frame(kind, head, body);
  }

  flush(): void {
    const { held } = this;
    this.held = undefined;
    if (held !== undefined) this.write(held);
  }

  /** Past the stream, at a third of its cost, as long as the pipe takes all of it. */
  private write(bytes: Buffer): void {
    const written = this.pipe.writableLength === 0 ? writeNow(bytes) : 0;
    if (written < bytes.length) this.pipe.write(bytes.subarray(written));
  }
}

/** The pipe does not block: one that is full takes nothing, or a part. */
function writeNow(bytes: Buffer): number {
  try {
    return writeSync(CHANNEL_FD, bytes);
  } catch {
    // The stream meets the same error, and knows what to do about it.
    return 0;
  }
}
