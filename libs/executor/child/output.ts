/**
 * Takes what the function writes through console, process.stdout and process.stderr, and sends it at once, so that it is
 * heard even when the function hangs or dies in the next line. Past the call's cap nothing is sent: a flood costs the
 * function that makes it. Writes to fd 1 and 2 by other ways (native code, child processes) go through the real pipes.
 */
import { StringDecoder } from 'node:string_decoder';
import type { LogLevel, LogStream } from '../call';
import { Kind, LINE_COST, type OutputHead } from '../messages';
import type { Channel } from './channel';

const LEVELS: [keyof Console, LogLevel][] = [
  ['debug', 'debug'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['trace', 'error'],
  ['assert', 'error'],
];

type Handled = { _handle?: { setBlocking?(blocking: boolean): void } };
type Done = (error?: Error | null) => void;
type Write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done) => boolean;

export class Output {
  /** Bytes that the call at hand may still send; none between calls: output after the answer belongs to nobody. */
  private room = 0;
  private consoleLevel: LogLevel | undefined;
  private readonly callbacks: { callback: Done; times: number }[] = [];
  private readonly now = Date.now;

  constructor(private readonly channel: Channel) {
    // Node opens both as non-blocking, which others who write to the descriptors (child processes) do not expect.
    for (const { _handle: handle } of [process.stdout, process.stderr] as Handled[]) handle?.setBlocking?.(true);
    process.stdout.write = this.writer('stdout', 'info');
    process.stderr.write = this.writer('stderr', 'error');
    for (const [method, level] of LEVELS) this.levelled(method, level);
  }

  begin(maxBytes: number): void {
    this.room = maxBytes;
  }

  end(): void {
    this.room = 0;
  }

  /** A line of ours in the function's log. */
  warn(text: string): void {
    this.send('stderr', 'warn', `${text}\n`);
  }

  private writer(stream: LogStream, level: LogLevel): Write {
    const decoder = new StringDecoder('utf8');
    return (chunk, encoding, done) => {
      const callback = typeof encoding === 'function' ? encoding : done;
      if (this.room > 0) {
        const text =
          typeof chunk !== 'string'
            ? decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
            : typeof encoding === 'string' && encoding !== 'utf8' && encoding !== 'utf-8'
              ? Buffer.from(chunk, encoding).toString()
              : chunk;
        this.send(stream, this.consoleLevel ?? level, text);
      }
      if (callback) this.callBack(callback);
      return true;
    };
  }

  private send(stream: LogStream, level: LogLevel, text: string): void {
    if (this.room <= 0 || text === '') return;
    const head: OutputHead = { at: this.now(), level, stream };
    const kept = text.length > this.room ? text.slice(0, this.room) : text;
    this.room -= Buffer.byteLength(kept) + LINE_COST;
    if (this.room <= 0) head.cut = true;
    this.channel.send(Kind.output, head, kept);
  }

  /** In the next tick, as a stream does. In a tight loop console passes the same callback a million times: it is counted. */
  private callBack(callback: Done): void {
    const last = this.callbacks.at(-1);
    if (last?.callback === callback) {
      last.times++;
      return;
    }
    if (this.callbacks.push({ callback, times: 1 }) > 1) return;
    process.nextTick(() => {
      for (const { callback: done, times } of this.callbacks.splice(0)) for (let i = 0; i < times; i++) done(null);
    });
  }

  private levelled(method: keyof Console, level: LogLevel): void {
    const original = console[method] as (...args: unknown[]) => void;
    const wrapped = (...args: unknown[]): void => {
      const before = this.consoleLevel;
      this.consoleLevel = level;
      try {
        original.apply(console, args);
      } finally {
        this.consoleLevel = before;
      }
    };
    Object.defineProperty(wrapped, 'name', { value: method });
    Object.assign(console, { [method]: wrapped });
  }
}
