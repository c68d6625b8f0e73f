/** What runs between us and a sandbox's process: messages over fd 3, and the real stdout and stderr. Bytes only, no meaning. */
import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { LogStream } from '../call/call';
import { frame, FrameReader } from './frames';
import { readBeforeErrors } from './last-read';
import { CHANNEL_FD, type Kind } from './messages';
import { PipeDrain } from './pipe-drain';

export interface WireEvents {
  onMessage(kind: Kind, head: unknown, body: string): void;
  /** Answers whether more is wanted. */
  onText(stream: LogStream, text: string): boolean;
  /** A message could not be understood (`FrameError`) or was not coped with: nothing is read from now on. */
  onError(fault: unknown): void;
  /** All that was said is read. */
  onClosed(): void;
}

export class Wire {
  private readonly channel: Duplex | undefined;
  /** Written in one go: calls come in swarms, and a write wakes the process up. */
  private outgoing: Buffer[] = [];
  private readonly drains: { stream: LogStream; drain: PipeDrain }[] = [];

  constructor(
    process: ChildProcess,
    maxBytes: (kind: number) => number,
    private readonly events: WireEvents,
  ) {
    const [, stdout, stderr] = process.stdio;
    // A process that could not be started has none of these.
    this.channel = (process.stdio[CHANNEL_FD] as Duplex | null | undefined) ?? undefined;
    this.drain('stdout', stdout);
    this.drain('stderr', stderr);
    const reader = new FrameReader((kind, head, body) => events.onMessage(kind as Kind, head, body), maxBytes);
    const read = (chunk: Buffer): void => this.read(reader, chunk);
    this.channel?.on('data', read);
    if (this.channel !== undefined) readBeforeErrors(this.channel, read);
    // The process is gone, which its exit tells as well.
    this.channel?.on('error', () => undefined);
    this.channel?.on('close', () => events.onClosed());
  }

  /** Whether nothing more can come. */
  get closed(): boolean {
    return this.channel?.closed ?? true;
  }

  send(kind: Kind, head?: object | string, body?: string): void {
    if (this.outgoing.push(frame(kind, head, body)) === 1) process.nextTick(() => this.flush());
  }

  /** What comes over the real stdout and stderr from now on is of another call. */
  endOfCall(): void {
    for (const { stream, drain } of this.drains) {
      const half = drain.endOfCall();
      if (half !== '') this.events.onText(stream, half);
    }
  }

  hangUp(): void {
    this.channel?.destroy();
  }

  close(): void {
    this.hangUp();
    this.drains.forEach(({ drain }) => drain.close());
  }

  private flush(): void {
    const { outgoing } = this;
    this.outgoing = [];
    this.channel?.write(outgoing.length === 1 ? outgoing[0] : Buffer.concat(outgoing));
  }

  private drain(stream: LogStream, pipe: Readable | null): void {
    if (pipe) this.drains.push({ stream, drain: new PipeDrain(pipe, (text) => this.events.onText(stream, text)) });
  }

  private read(reader: FrameReader, chunk: Buffer): void {
    try {
      reader.push(chunk);
    } catch (fault) {
      this.hangUp();
      this.events.onError(fault);
    }
  }
}
