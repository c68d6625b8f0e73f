/** The calls that stand behind the one at hand in a sandbox: written to its pipe already, they begin when their turn comes. */
import { MOMENT_MS } from '@invoq/policy/packing';
import type { CallHead } from '../pipe/messages';
import type { StartTokens } from '../pipe/start-tokens';
import type { CallListener } from './call-listener';

export interface PipelinedCall {
  token: number;
  head: CallHead;
  data: string;
  listener: CallListener;
}

export class Pipelined {
  private calls: PipelinedCall[] = [];
  /** The call at hand, if it stood here before. The process may not have read its token yet. */
  private atHand: PipelinedCall | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** When the call at hand began. */
  private begunAt = 0;

  /** `send`: has the process begin a call for which it needs no token. */
  constructor(
    private readonly tokens: StartTokens | undefined,
    private readonly send: (head: CallHead, data: string) => void,
  ) {}

  get length(): number {
    return this.calls.length;
  }

  /** Its token, which goes with the call; undefined: no call may stand here. */
  add(head: CallHead, data: string, listener: CallListener): number | undefined {
    const token = this.tokens?.put();
    if (token === undefined) return undefined;
    this.calls.push({ token, head, data, listener });
    this.timer ??= setTimeout(this.check, MOMENT_MS);
    return token;
  }

  /** A call is at hand from now on. */
  begins(): void {
    this.atHand = undefined;
    this.begunAt = performance.now();
  }

  /** The call before it is over: it is the one at hand now. */
  next(): PipelinedCall | undefined {
    const next = this.calls.shift();
    if (next === undefined) return undefined;
    this.begins();
    this.atHand = next;
    return next;
  }

  /** Those that have not begun are for other sandboxes. What is left has begun, which the process has not said yet. */
  takeBack(): void {
    if (this.calls.length === 0) return;
    const tokens = this.read();
    if (this.atHand === undefined || !tokens.has(this.atHand.token)) return;
    const { head, data } = this.atHand;
    this.atHand = undefined;
    this.send(head, data);
  }

  /** The process is gone. Answers with those that had begun, and whether the one at hand had. */
  close(): { begun: PipelinedCall[]; hasBegun: boolean } {
    clearTimeout(this.timer);
    const tokens = this.read();
    this.tokens?.close();
    const hasBegun = this.atHand === undefined || !tokens.has(this.atHand.token);
    return { begun: this.calls.splice(0), hasBegun };
  }

  /** The tokens of calls that have not begun. */
  private read(): Set<number> {
    const { calls } = this;
    const tokens = this.tokens?.takeBack() ?? new Set<number>();
    this.calls = calls.filter(({ token }) => !tokens.has(token));
    for (const { token, listener } of calls) if (tokens.has(token)) listener.onTakenBack();
    return tokens;
  }

  /** Nobody stands behind a call that takes its time. */
  private readonly check = (): void => {
    // What the sandbox has said meanwhile is read first.
    setImmediate(() => {
      this.timer = undefined;
      if (this.calls.length === 0) return;
      const leftMs = MOMENT_MS - (performance.now() - this.begunAt);
      if (leftMs <= 0) this.takeBack();
      else this.timer = setTimeout(this.check, Math.max(1, leftMs));
    });
  };
}
