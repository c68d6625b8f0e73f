/**
 * Takes what the function writes through console, process.stdout and process.stderr, and sends it at once, so that it is
 * heard even when the function hangs or dies in the next line. Past the call's cap nothing is sent: a flood costs the
 * function that makes it. Writes to fd 1 and 2 by other ways (native code, child processes) go through the real pipes.
 */
import { StringDecoder } from 'node:string_decoder';
import type { LogLevel, LogStream } from '../call/call';
import { Kind, LINE_COST, type OutputHead } from '../pipe/messages';
import {
  apply,
  bare,
  bufferFrom,
  byteLength,
  decode,
  defineProperty,
  endDecoding,
  nextTick,
  now,
  textOf,
} from '../pipe/primordials';
import type { Channel } from './channel';
import { cut } from './cut';

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
  /** Bytes that the call at hand may still send; none between calls. */
  private room = 0;
  private consoleLevel: LogLevel | undefined;
  private callbacks: { callback: Done; times: number }[] = [];
  private readonly halves: { stream: LogStream; level: LogLevel; decoder: StringDecoder; isHalf: boolean }[] = [];

  /** `isLate`: what writes is of an earlier call, whose output is over. */
  constructor(
    private readonly channel: Channel,
    private readonly isLate: () => boolean,
  ) {
    // Node opens both as non-blocking, which others who write to the descriptors (child processes) do not expect.
    for (const { _handle: handle } of [process.stdout, process.stderr] as Handled[]) handle?.setBlocking?.(true);
    process.stdout.write = this.writer('stdout', 'info');
    process.stderr.write = this.writer('stderr', 'error');
    for (const [method, level] of LEVELS) this.levelled(method, level);
  }

  begin(maxBytes: number): void {
    this.room = maxBytes;
  }

  /** The call has answered: half a character that it has written is all that it will be. */
  answered(): void {
    for (let i = 0; i < this.halves.length; i++) {
      const half = this.halves[i];
      if (!half.isHalf) continue;
      half.isHalf = false;
      this.send(half.stream, half.level, endDecoding(half.decoder));
    }
  }

  /** Nothing of the call is at work any more. */
  end(): void {
    this.answered();
    this.room = 0;
  }

  /** A line of ours in the function's log. */
  warn(text: string): void {
    this.send('stderr', 'warn', `${text}\n`);
  }

  private writer(stream: LogStream, level: LogLevel): Write {
    const half = { stream, level, decoder: new StringDecoder('utf8'), isHalf: false };
    this.halves.push(half);
    return (chunk, encoding, done) => {
      const callback = typeof encoding === 'function' ? encoding : done;
      if (this.room > 0 && !this.isLate()) {
        if (typeof chunk !== 'string') half.isHalf = true;
        const text =
          typeof chunk !== 'string'
            ? decode(half.decoder, bufferFrom(chunk.buffer, chunk.byteOffset, chunk.byteLength))
            : typeof encoding === 'string' && encoding !== 'utf8' && encoding !== 'utf-8'
              ? textOf(bufferFrom(chunk, encoding))
              : chunk;
        this.send(stream, this.consoleLevel ?? level, text);
      }
      if (callback) this.callBack(callback);
      return true;
    };
  }

  private send(stream: LogStream, level: LogLevel, text: string): void {
    if (this.room <= 0 || text === '') return;
    const head: OutputHead = bare({ at: now(), level, stream });
    const kept = cut(text, this.room);
    this.room -= byteLength(kept) + LINE_COST;
    if (this.room <= 0) head.cut = true;
    this.channel.send(Kind.output, head, kept);
  }

  /** In the next tick, as a stream does. In a tight loop console passes the same callback a million times: it is counted. */
  private callBack(callback: Done): void {
    const { callbacks } = this;
    const { length } = callbacks;
    const last = length > 0 ? callbacks[length - 1] : undefined;
    if (last?.callback === callback) {
      last.times++;
      return;
    }
    callbacks[length] = { callback, times: 1 };
    if (length > 0) return;
    nextTick(() => {
      this.callbacks = [];
      for (let at = 0; at < callbacks.length; at++) {
        for (let i = 0; i < callbacks[at].times; i++) callbacks[at].callback(null);
      }
    });
  }

  private levelled(method: keyof Console, level: LogLevel): void {
    const original = console[method] as (...args: unknown[]) => void;
    const wrapped = (...args: unknown[]): void => {
      const before = this.consoleLevel;
      this.consoleLevel = level;
      try {
        apply(original, console, args);
      } finally {
        this.consoleLevel = before;
      }
    };
    defineProperty(wrapped, 'name', { value: method });
    console[method] = wrapped as never;
  }
}
