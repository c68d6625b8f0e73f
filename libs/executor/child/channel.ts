/** Our end of the pipe to the worker. When the other end goes away there is nobody left to work for. */
import { Socket } from 'node:net';
import { ReceivedHead } from '../pipe/call-head';
import { frame, FrameReader, type FrameHandler, parsed } from '../pipe/frames';
import { CHANNEL_FD, Kind } from '../pipe/messages';
import { allocUnsafe, apply, copyBytes, exitProcess, partOf, writeSync } from '../pipe/primordials';

/** Read at once, bytes; one buffer for all reads. */
const READ_BYTES = 64 * 1024;

export class Channel {
  private readonly pipe: Socket;
  private held: Buffer | undefined;

  constructor(onMessage: FrameHandler) {
    const reader = new FrameReader(onMessage, () => Number.MAX_SAFE_INTEGER, readHead);
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (length: number): boolean => {
      reader.push(buffer, length);
      return true;
    };
    // Without `onread` each read makes a buffer of 64 KiB and passes through the machinery of streams.
    const options = { fd: CHANNEL_FD, readable: true, writable: true, onread: { buffer, callback } };
    const leave = (): unknown => apply(exitProcess, process, [1]);
    this.pipe = new Socket(options);
    this.pipe.on('close', leave);
    this.pipe.on('error', leave);
    keepMethods(this.pipe);
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
    this.write(held === undefined ? bytes : joined(held, bytes));
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

  /** All that was sent is with the kernel. */
  get isEmpty(): boolean {
    return this.pipe.writableLength === 0;
  }

  /** Past the stream, at a third of its cost, as long as the pipe takes all of it. */
  private write(bytes: Buffer): void {
    const written = this.pipe.writableLength === 0 ? writeNow(bytes) : 0;
    if (written < bytes.length) this.pipe.write(partOf(bytes, written));
  }
}

/** A head as the worker writes it. */
export function readHead(kind: number, text: string): unknown {
  return kind === Kind.call ? new ReceivedHead(text) : parsed(text);
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

function joined(first: Buffer, second: Buffer): Buffer {
  const both = allocUnsafe(first.length + second.length);
  copyBytes(first, both, 0);
  copyBytes(second, both, first.length);
  return both;
}

/** What user code does to the prototypes of sockets, streams and emitters is nothing to this one. */
function keepMethods(pipe: Socket): void {
  for (let from: object = Object.getPrototypeOf(pipe) as object; from !== Object.prototype;) {
    for (const key of Reflect.ownKeys(from)) {
      const descriptor = Object.getOwnPropertyDescriptor(from, key)!;
      if (!Object.hasOwn(pipe, key)) Object.defineProperty(pipe, key, { ...descriptor, enumerable: false });
    }
    from = Object.getPrototypeOf(from) as object;
  }
}
