/**
 * Stops one call from outside, once. It is what an AbortController is, without its events: one of those for each call, of
 * which hardly any is ever asked, was 4 % of a worker's time.
 */
export class Stop {
  private asked = false;
  private listener: (() => void) | undefined;

  get isAsked(): boolean {
    return this.asked;
  }

  ask(): void {
    if (this.asked) return;
    this.asked = true;
    this.listener?.();
  }

  /** One listener at a time. It is called for later signals only, not for earlier ones. */
  listen(listener: (() => void) | undefined): void {
    this.listener = listener;
  }
}
