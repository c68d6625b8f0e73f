/** `context.progress`: at most one message each 100 ms, the last value wins and is always sent before the answer. */
import { Kind, MAX_PROGRESS_BYTES } from '../pipe/messages';
import {
  byteLength,
  clearTimeout as never,
  now,
  setTimeout as later,
  stringify,
  unrefTimer,
} from '../pipe/primordials';
import type { Channel } from './channel';
import type { Output } from './output';

const EVERY_MS = 100;
const { Error, TypeError, RangeError } = globalThis;

export class Progress {
  private waiting: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sentAt = 0;
  private ended = false;

  constructor(
    private readonly channel: Channel,
    private readonly output: Output,
  ) {}

  /** A progress value that cannot be sent is noted in the log, and the function goes on. */
  report(value: unknown): void {
    if (this.ended) return;
    const json = this.write(value);
    if (json === undefined) return;
    this.waiting = json;
    const wait = this.sentAt + EVERY_MS - now();
    if (wait <= 0 || wait > EVERY_MS) this.send();
    else this.timer ??= unrefTimer(later(() => this.send(), wait));
  }

  end(): void {
    this.ended = true;
    this.send();
  }

  private send(): void {
    never(this.timer);
    this.timer = undefined;
    if (this.waiting === undefined) return;
    this.channel.send(Kind.progress, undefined, this.waiting);
    this.waiting = undefined;
    this.sentAt = now();
  }

  private write(value: unknown): string | undefined {
    try {
      const json = stringify(value) as string | undefined;
      if (json === undefined) throw new TypeError(`a ${typeof value} is not JSON`);
      const bytes = byteLength(json);
      if (bytes > MAX_PROGRESS_BYTES) throw new RangeError(`${bytes} bytes of JSON; ${MAX_PROGRESS_BYTES} are allowed`);
      return json;
    } catch (thrown) {
      this.output.warn(`context.progress was not sent: ${thrown instanceof Error ? thrown.message : 'not JSON'}`);
      return undefined;
    }
  }
}
