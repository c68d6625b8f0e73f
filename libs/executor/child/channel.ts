/** Our end of the pipe to the worker. When the other end goes away there is nobody left to work for. */
import { Socket } from 'node:net';
import { frame, FrameReader, type FrameHandler } from '../frames';
import { CHANNEL_FD, type Kind } from '../messages';

export class Channel {
  private readonly pipe = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });

  constructor(onMessage: FrameHandler) {
    const reader = new FrameReader(onMessage, Number.MAX_SAFE_INTEGER);
    const { exit } = process;
    this.pipe.on('data', (chunk: Buffer) => reader.push(chunk));
    this.pipe.on('close', () => exit.call(process, 1));
    this.pipe.on('error', () => exit.call(process, 1));
  }

  /**
   * The bytes are with the kernel when this returns, as long as the worker keeps reading: what was said before a hang, an
   * exit or a kill is heard.
   */
  send(kind: Kind, head?: object, body?: string): void {
    this.pipe.write(frame(kind, head, body));
  }
}
