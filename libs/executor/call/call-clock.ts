/** The clock of one call, running from its arrival: tells whoever listens at that moment that time is up, or that it is cancelled. */
import type { Stop } from './stop';

/** Longest delay of a timer in Node, ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export type Alarm = 'late' | 'cancelled';

export class CallClock {
  private readonly deadline: number;
  private timer: NodeJS.Timeout | undefined;
  private listener: ((alarm: Alarm) => void) | undefined;
  private rung: Alarm | undefined;

  constructor(
    limitMs: number,
    private readonly stopper: Stop | undefined,
  ) {
    this.deadline = performance.now() + limitMs;
    this.timer = setTimeout(this.onTime, Math.min(MAX_DELAY_MS, Math.max(0, limitMs)));
    if (stopper?.isAsked) this.rung = 'cancelled';
    else stopper?.listen(this.onStop);
  }

  /** What rang first, if anything did. */
  get alarm(): Alarm | undefined {
    return this.rung;
  }

  get remainingMs(): number {
    return Math.max(0, this.deadline - performance.now());
  }

  /** One listener at a time. It is called at once when an alarm has rung already. */
  listen(listener: ((alarm: Alarm) => void) | undefined): void {
    this.listener = listener;
    if (this.rung !== undefined) listener?.(this.rung);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.stopper?.listen(undefined);
    this.listener = undefined;
  }

  private readonly onTime = (): void => this.ring('late');
  private readonly onStop = (): void => this.ring('cancelled');

  private ring(alarm: Alarm): void {
    this.rung ??= alarm;
    this.listener?.(alarm);
  }
}
