/**
 * The calls of a sandbox, in their order: what stands behind the one at hand begins when its token can be had; see
 * `pipe/start-tokens.ts`.
 */
import type { ReceivedHead } from '../pipe/call-head';
import { TOKENS_FD } from '../pipe/messages';
import { allocUnsafe, Promise, readSync } from '../pipe/primordials';
import { TOKEN_BYTES } from '../pipe/start-tokens';

const nothing = (): void => undefined;

export interface QueuedCall {
  head: ReceivedHead;
  data: string;
  /** Resolves when it may begin. */
  turn: Promise<void>;
  begin(): void;
  next?: QueuedCall;
}

export class CallQueue {
  private first: QueuedCall | undefined;
  private last: QueuedCall | undefined;
  /** The latest token that was read. */
  private token = 0;
  private readonly bytes = allocUnsafe(TOKEN_BYTES);

  add(head: ReceivedHead, data: string): QueuedCall {
    let begin: () => void = nothing;
    const turn = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const call: QueuedCall = { head, data, turn, begin };
    if (this.last === undefined) this.first = call;
    else this.last.next = call;
    this.last = call;
    return call;
  }

  /** The next that may begin. Those before it were taken back by the worker. */
  take(): QueuedCall | undefined {
    for (let call = this.first; call !== undefined; call = this.first) {
      this.first = call.next;
      // One that outlived a few collections would keep all that came after it.
      call.next = undefined;
      if (this.first === undefined) this.last = undefined;
      if (call.head.token === undefined || this.mayBegin(call.head.token)) return call;
    }
    return undefined;
  }

  private mayBegin(token: number): boolean {
    while (this.token < token) {
      const read = this.read();
      if (read === undefined) return false;
      this.token = read;
    }
    return this.token === token;
  }

  private read(): number | undefined {
    const { bytes } = this;
    try {
      if (readSync(TOKENS_FD, bytes, 0, TOKEN_BYTES, null) < TOKEN_BYTES) return undefined;
    } catch {
      return undefined;
    }
    return bytes[0] + bytes[1] * 0x100 + bytes[2] * 0x10000 + bytes[3] * 0x1000000;
  }
}
