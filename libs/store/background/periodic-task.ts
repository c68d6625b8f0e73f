/**
 * A task that runs again and again: a run, a wait, the next run, never two at once. A fault is reported, and the next
 * round comes all the same. It keeps no process alive.
 */
export interface PeriodicTaskOptions {
  /** From the end of a round, or its fault, to the next one, ms; unless the round itself says how long. */
  everyMs: number;
  /** Before the first round, ms; by default as long as before any other. */
  firstMs?: number;
  onError(error: unknown): void;
}

export class PeriodicTask {
  private timer: NodeJS.Timeout | undefined;
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

  get isOver(): boolean {
    return this.stopped;
  }

  private waitFor(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.go(), ms);
    this.timer.unref();
  }

  private async go(): Promise<void> {
    const { everyMs, onError } = this.options;
    let nextMs: number | void = everyMs;
    try {
      nextMs = await this.run();
    } catch (error) {
      if (!this.stopped) onError(error);
    }
    this.waitFor(nextMs ?? everyMs);
  }
}
