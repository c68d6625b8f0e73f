/** The end of a sandbox, by itself or for what it sent: it is dead when its process is gone and all that it said is read. */
import { FrameError } from '../pipe/frames';
import type { Wire } from '../pipe/wire';
import type { Death } from './death';
import type { SandboxProcess } from './sandbox-process';

/** After the exit the pipe may still hold what was said last; so long is waited for its end, ms. */
const LAST_WORDS_MS = 100;

export interface LastWordsEvents {
  /** A call has no answer yet. */
  isCalled(): boolean;
  /** A result is looked through: it counts, even if its process dies meanwhile. */
  isChecked(): boolean;
  /** It is being ended for what it sent: a `FrameError`, or an error of ours. */
  onError(fault: unknown): void;
  onDeath(death: Death): void;
}

export class LastWords {
  private exit: Death | undefined;
  private fault: string | undefined;

  constructor(
    private readonly process: SandboxProcess,
    private readonly wire: Wire,
    private readonly events: LastWordsEvents,
  ) {}

  /** What it sent is wrong: it alone is ended, and the calls that it had with it. */
  fails(fault: unknown): void {
    this.fault ??= fault instanceof FrameError ? fault.message : 'a message that its worker failed at';
    this.events.onError(fault);
    void this.process.kill(true);
  }

  /** Its end of the pipe is closed: by its death, which is reported any moment, or by user code. */
  closed(): void {
    if (this.exit !== undefined || this.process.isBeingEnded) return this.complete();
    afterReading(() => {
      if (this.exit === undefined) this.fails(new FrameError('the end of its pipe'));
    });
  }

  exited(death: Death): void {
    this.exit = { ...death, fault: this.fault };
    // Without a call there are no last words, and it must not be handed out any more.
    if (this.wire.closed || !this.events.isCalled()) this.complete();
    else afterReading(() => this.wire.hangUp());
  }

  /** Is the process gone, and all it said read? */
  complete(): void {
    if (this.exit !== undefined && !this.events.isChecked()) this.events.onDeath(this.exit);
  }
}

/** A worker that was held up for longer reads once more first. */
function afterReading(then: () => void): void {
  setTimeout(() => setImmediate(then), LAST_WORDS_MS).unref();
}
