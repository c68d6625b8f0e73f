/** Who is let in: what this process can decide by itself, before anything is written. */
import { Refusal } from '@invoq/contract/errors';

export interface AdmissionOptions {
  /** Calls a second for each caller; 0: no limit. Counted by this process alone. */
  ratePerSecond: number;
  /** Calls that a caller may make at once after a pause, out of turn. */
  burst: number;
}

/** Callers remembered at once; the one that has been quiet longest is forgotten first. */
const MAX_CALLERS = 10_000;

export class Admission {
  /** By caller: when its next call would be on time (ms). The generic cell rate algorithm: one number a caller. */
  private readonly dueAt = new Map<string, number>();
  private closed = false;

  constructor(private readonly options: AdmissionOptions) {}

  /** Refuses with RATE_LIMITED or OVERLOADED, each with the seconds to wait. `now` in ms. */
  admit(caller: string, now: number): void {
    this.mustBeOpen();
    if (this.options.ratePerSecond > 0) this.countCall(caller, now);
  }

  /** Refuses with OVERLOADED once the process is going. */
  mustBeOpen(): void {
    if (!this.closed) return;
    throw new Refusal('OVERLOADED', 'This process is shutting down; send the call again.', { retryAfterS: 1 });
  }

  get isOpen(): boolean {
    return !this.closed;
  }

  /** From now on every call is refused: the process is going. */
  close(): void {
    this.closed = true;
  }

  private countCall(caller: string, now: number): void {
    const { ratePerSecond, burst } = this.options;
    const interval = 1_000 / ratePerSecond;
    const dueAt = Math.max(this.dueAt.get(caller) ?? now, now);
    const earlyMs = dueAt - now - interval * (burst - 1);
    if (earlyMs > 0) {
      throw new Refusal('RATE_LIMITED', `More than ${ratePerSecond} calls a second.`, {
        retryAfterS: Math.ceil(earlyMs / 1_000),
      });
    }
    this.dueAt.delete(caller);
    this.dueAt.set(caller, dueAt + interval);
    if (this.dueAt.size > MAX_CALLERS) this.dueAt.delete(this.dueAt.keys().next().value!);
  }
}
