/** For how long a task that was used goes on as if it were used again, ms. */
const USED_MS = 5_000;

/**
 * A task that runs again and again: a run, a wait, the next run, never two at once. A fault is reported, and the next
 * round comes all the same. It keeps no process alive.
 */
export interface PeriodicTaskOptions {
  /** From the end of a round, or its fault, to the next one, ms; unless the round itself says how long. */
  everyMs: number;
  /** The same while nobody uses what it finds out, ms; see `used`. */
  idleMs?: number;
  /** Before the first round, ms; by default as long as before any other. */
  firstMs?: number;
  onError(error: unknown): void;
}

export class PeriodicTask {
  private timer: NodeJS.Timeout | undefined;
  /** When the next round begins, of `performance.now()`; undefined while one is under way. */
  private dueAt: number | undefined;
  private usedAt = -Infinity;
  private stopped = false;

  /** `round`: resolves with the ms until the next one, or with nothing. */
  constructor(
    private readonly run: () => Promise<number | void>,
    private readonly options: PeriodicTaskOptions,
  ) {}

  start(): void {
    const { firstMs, everyMs } = this.options;
    this.waitFor(firstMs ?? everyMs);
  }

  /** No other run begins. The current one may ask `isOver` to end sooner; its faults are not reported. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** What it finds out is used now: the next round comes at its usual pace, at once when the last one is older than that. */
  used(): void {
    const now = performance.now();
    this.usedAt = now;
    if (this.dueAt === undefined || this.dueAt - now <= this.options.everyMs) return;
    clearTimeout(this.timer);
    this.waitFor(0);
  }

  get isOver(): boolean {
    return this.stopped;
  }

  private waitFor(ms: number): void {
    if (this.stopped) return;
    this.dueAt = performance.now() + ms;
    this.timer = setTimeout(() => void this.go(), ms);
    this.timer.unref();
  }

  private get usualMs(): number {
    const { everyMs, idleMs = everyMs } = this.options;
    return performance.now() - this.usedAt < USED_MS ? everyMs : idleMs;
  }

  private async go(): Promise<void> {
    const { onError } = this.options;
    let nextMs: number | void = undefined;
    this.dueAt = undefined;
    try {
      nextMs = await this.run();
    } catch (error) {
      if (!this.stopped) onError(error);
    }
    this.waitFor(nextMs ?? this.usualMs);
  }
}
