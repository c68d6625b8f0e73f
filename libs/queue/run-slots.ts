/** The slots in which calls of one lane run. A call that was taken ahead waits here until one is free, for a moment at most. */
import { LiveSet } from '@invoq/live/live-set';
import { MOMENT_MS, paceWith } from '@invoq/policy/packing';
import { mostAhead } from '@invoq/policy/taking-ahead';

interface Waiting {
  since: number;
  /** Called once; without a slot the call is to be handed back. */
  begin(hasSlot: boolean): void;
}

export class RunSlots {
  private taken = 0;
  private paceMs: number | undefined;
  /** When each call at work began, the oldest first. */
  private readonly begun = new LiveSet<{ at: number }>();
  private readonly waiting = new LiveSet<Waiting>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** `times`: see `timesAhead`. */
  constructor(
    private readonly count: number,
    private readonly times = 1,
  ) {}

  /** How many calls may be held beyond those that have a slot. */
  get mostAhead(): number {
    const oldest = this.begun.first;
    const oldestMs = oldest === undefined ? 0 : performance.now() - oldest.at;
    return mostAhead(this.count, this.times, { paceMs: this.paceMs, oldestMs });
  }

  /** Runs `work` in a slot. Resolves with undefined when none was free within a moment: then `work` was not called. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.taken < this.count) this.taken++;
    else if (!(await this.nextSlot())) return undefined;
    const begun = { at: performance.now() };
    this.begun.add(begun);
    try {
      return await work();
    } finally {
      this.begun.delete(begun);
      this.paceMs = paceWith(performance.now() - begun.at, this.paceMs);
      this.free();
    }
  }

  /** Nobody waits for a slot any more. */
  close(): void {
    this.closed = true;
    for (const waiting of this.waiting) this.leave(waiting, false);
  }

  private async nextSlot(): Promise<boolean> {
    if (this.closed) return false;
    this.timer ??= setTimeout(this.check, MOMENT_MS);
    return new Promise((begin) => this.waiting.add({ since: performance.now(), begin }));
  }

  /** It is the next one's at once, before a newcomer asks. */
  private free(): void {
    const next = this.waiting.first;
    if (next === undefined) this.taken--;
    else this.leave(next, true);
  }

  private leave(waiting: Waiting, hasSlot: boolean): void {
    this.waiting.delete(waiting);
    waiting.begin(hasSlot);
  }

  private readonly check = (): void => {
    // The answers that have come meanwhile free slots first.
    setImmediate(() => {
      this.timer = undefined;
      for (const waiting of this.waiting) {
        const leftMs = MOMENT_MS - (performance.now() - waiting.since);
        if (leftMs > 0) {
          this.timer = setTimeout(this.check, Math.max(1, leftMs));
          return;
        }
        this.leave(waiting, false);
      }
    });
  };
}
