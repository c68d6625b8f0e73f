/** The calls that stand behind the one at hand in a sandbox: written to its pipe already, they begin when their turn comes. */
import { MOMENT_MS } from '@invoq/policy/packing';
import type { StartTokens } from '../pipe/start-tokens';
import type { CallListener } from './call-listener';

export interface PipelinedCall {
  token: number;
  listener: CallListener;
  /** ms since the epoch. */
  deadline: number;
}

export class Pipelined {
  private calls: PipelinedCall[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** When the call at hand began. */
  private begunAt = 0;

  constructor(private readonly tokens: StartTokens | undefined) {}

  get length(): number {
    return this.calls.length;
  }

  /** Its token, which goes with the call; undefined: no call may stand here. */
  add(listener: CallListener, deadline: number): number | undefined {
    const token = this.tokens?.put();
    if (token === undefined) return undefined;
    this.calls.push({ token, listener, deadline });
    this.timer ??= setTimeout(this.check, MOMENT_MS);
    return token;
  }

  /** A call is at hand from now on. */
  begins(): void {
    this.begunAt = performance.now();
  }

  /** The call before it is over: it is the one at hand now. */
  next(): PipelinedCall | undefined {
    return this.calls.shift();
  }

  /** Those that have not begun are for other sandboxes. What is left has begun, which the process has not said yet. */
  takeBack(): void {
    if (this.calls.length === 0) return;
    const tokens = this.tokens!.takeBack();
    const { calls } = this;
    this.calls = calls.filter(({ token }) => !tokens.has(token));
    for (const { token, listener } of calls) if (tokens.has(token)) listener.onTakenBack();
  }

  /** All that are left; none after this. */
  close(): PipelinedCall[] {
    clearTimeout(this.timer);
    this.takeBack();
    this.tokens?.close();
    return this.calls.splice(0);
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
