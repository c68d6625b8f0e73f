/**
 * The calls of one lane that this worker holds: each from its start until its end is recorded. There are as many as slots, and
 * more while the lane takes calls ahead; see `libs/policy/taking-ahead.ts`.
 */
import { LiveSet } from '@invoq/live/live-set';
import { showsNobodyIdle } from '@invoq/policy/taking-ahead';
import { RunSlots } from './run-slots';

export class LaneSlots {
  private readonly calls = new LiveSet<Promise<void>>();
  private readonly running: RunSlots;
  private wake: (() => void) | undefined;

  /** For calls that are being taken. */
  private reserved = 0;
  /** The call that began last had waited in its line: no other worker is idle. */
  private nobodyIdle = false;

  /** `times`: see `timesAhead`. */
  constructor(
    private readonly count: number,
    times = 1,
  ) {
    this.running = new RunSlots(count, times);
  }

  get free(): number {
    return this.count - this.calls.size - this.reserved;
  }

  /** How many calls may be taken, be there a slot for them or not. */
  get freeAhead(): number {
    return this.nobodyIdle ? this.free + this.running.mostAhead : this.free;
  }

  /** May the call that is over be followed by another one? */
  get goesOn(): boolean {
    return this.calls.size <= this.count || this.freeAhead >= 0;
  }

  /** So many slots are nobody else's while `take` takes calls for them, and puts each into one. */
  async reserve<T>(count: number, take: () => Promise<T>): Promise<T> {
    this.reserved += count;
    try {
      return await take();
    } finally {
      this.reserved -= count;
    }
  }

  /** A call and those after it, held from now on. It is the caller's to have asked whether more may be held. */
  hold<T>(run: Promise<T>): Promise<T> {
    const release = (): void => {
      this.calls.delete(held);
      this.wake?.();
    };
    const held = run.then(release, release);
    this.calls.add(held);
    return run;
  }

  /** See `Lane`. */
  run<T>(queuedMs: number, work: () => Promise<T>): Promise<T | undefined> {
    this.nobodyIdle = showsNobodyIdle(queuedMs);
    if (this.nobodyIdle && this.freeAhead > 0) this.wake?.();
    return this.running.run(work);
  }

  /** Nobody waits in the line any more. */
  lineIsEmpty(): void {
    this.nobodyIdle = false;
  }

  /** Calls that have no slot yet are to be handed back. */
  close(): void {
    this.running.close();
  }

  /** Resolves when the next call is over, or one may be taken ahead. For one who waits at a time. */
  nextFree(): Promise<void> {
    return new Promise((resolve) => (this.wake = resolve));
  }

  /** Resolves when all that are held now are over. */
  async allFree(): Promise<void> {
    await Promise.all(this.calls);
  }
}
