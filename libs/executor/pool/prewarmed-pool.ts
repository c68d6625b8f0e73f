/** The generic spares of one memory class: started ahead, handed out first come, first served, refilled in the background. */
import { SandboxUnavailable } from '../call/call';
import type { CallClock } from '../call/call-clock';
import type { Death } from '../sandbox/death';
import { WaitQueue } from './wait-queue';
import type { Settings } from '../options';
import type { Sandbox, SandboxEvents } from '../sandbox/sandbox';

/** A process takes 50-120 ms to start; one that takes this long will not, ms. */
const MAX_START_MS = 15_000;
/** Refilling waits for the end of the call that took the spare, but not longer, ms. */
const REFILL_MS = 25;
/** Its answer goes out first: to start a process holds up the loop for a millisecond, and keeps a core busy, ms. */
const AFTER_CALL_MS = 5;
/** After so many failures in a row waiting calls fail; starting is tried again all the same. */
const MAX_FAILURES = 3;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;

export class PrewarmedPool {
  private readonly ready: Sandbox[] = [];
  private readonly launching = new Map<Sandbox, NodeJS.Timeout>();
  private readonly waiting = new WaitQueue<Sandbox>();
  private readonly onStocked: (() => void)[] = [];
  private failures = 0;
  private refillTimer: NodeJS.Timeout | undefined;
  private afterCallTimer: NodeJS.Timeout | undefined;
  private backoffTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly settings: Settings,
    private readonly launch: (events: Pick<SandboxEvents, 'onReady' | 'onDeath'>) => Sandbox,
  ) {}

  get spares(): number {
    return this.ready.length;
  }

  get starting(): number {
    return this.launching.size;
  }

  /** Resolves when all spares stand, or starting them has failed. */
  stocked(): Promise<void> {
    return new Promise((resolve) => {
      this.onStocked.push(resolve);
      this.refill();
      this.notifyStocked();
    });
  }

  /** undefined: the clock rang first. Rejects with SandboxUnavailable. */
  async take(clock: CallClock): Promise<Sandbox | undefined> {
    const spare = this.ready.pop();
    if (spare !== undefined) {
      this.refillSoon();
      return spare;
    }
    const served = this.waiting.wait(clock);
    this.refill();
    return await served;
  }

  /** Starts what is missing, within what may start at the same time. */
  refill(): void {
    clearTimeout(this.refillTimer);
    clearTimeout(this.afterCallTimer);
    this.refillTimer = undefined;
    this.afterCallTimer = undefined;
    if (this.closed || this.backoffTimer !== undefined) return;
    const wanted = this.waiting.length + Math.max(0, this.settings.spares - this.ready.length);
    while (this.launching.size < Math.min(wanted, this.settings.maxStarting)) if (!this.start()) return;
  }

  /** A call is over, maybe the one that took a spare. */
  refillAfterCall(): void {
    if (this.closed || this.refillTimer === undefined) return;
    this.afterCallTimer ??= setTimeout(() => this.refill(), AFTER_CALL_MS);
  }

  refuseAll(error: Error): void {
    this.closed = true;
    clearTimeout(this.refillTimer);
    clearTimeout(this.afterCallTimer);
    clearTimeout(this.backoffTimer);
    this.waiting.refuseAll(error);
    this.notifyStocked();
  }

  /** All that stand or start, for the caller to end. */
  clear(): Sandbox[] {
    this.closed = true;
    const all = [...this.ready, ...this.launching.keys()];
    this.ready.length = 0;
    for (const timer of this.launching.values()) clearTimeout(timer);
    this.launching.clear();
    return all;
  }

  private start(): boolean {
    let sandbox: Sandbox;
    try {
      sandbox = this.launch({
        onReady: (ready) => this.onReady(ready),
        onDeath: (dead, death) => this.onDeath(dead, death),
      });
    } catch (error) {
      this.failed(error);
      return false;
    }
    this.launching.set(
      sandbox,
      setTimeout(() => void sandbox.kill(), MAX_START_MS),
    );
    return true;
  }

  private onReady(sandbox: Sandbox): void {
    if (!this.launching.has(sandbox)) return;
    this.leave(sandbox);
    this.failures = 0;
    if (!this.waiting.serve(sandbox)) this.ready.push(sandbox);
    this.refill();
    this.notifyStocked();
  }

  private onDeath(sandbox: Sandbox, death: Death): void {
    const at = this.ready.indexOf(sandbox);
    if (at !== -1) this.ready.splice(at, 1);
    else if (this.launching.has(sandbox)) {
      this.leave(sandbox);
      return this.failed(death.cause ?? new Error(`exit code ${death.exitCode}, signal ${death.signal}`));
    } else return;
    this.refillSoon();
  }

  private leave(sandbox: Sandbox): void {
    clearTimeout(this.launching.get(sandbox));
    this.launching.delete(sandbox);
  }

  private failed(cause: unknown): void {
    this.failures++;
    this.settings.log.error({ err: cause, failures: this.failures }, 'a sandbox could not be started');
    if (this.failures >= MAX_FAILURES) this.waiting.refuseAll(new SandboxUnavailable(cause));
    this.notifyStocked();
    if (this.closed || this.backoffTimer !== undefined) return;
    this.backoffTimer = setTimeout(
      () => {
        this.backoffTimer = undefined;
        this.refill();
      },
      Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (this.failures - 1)),
    );
  }

  /** At once when the last one is gone; else when the call that took it is over, as starting costs a core's time. */
  private refillSoon(): void {
    if (this.closed) return;
    const delay = this.ready.length === 0 ? 1 : REFILL_MS;
    this.refillTimer ??= setTimeout(() => this.refill(), delay);
  }

  private notifyStocked(): void {
    if (this.ready.length < this.settings.spares && this.failures < MAX_FAILURES && !this.closed) return;
    this.onStocked.splice(0).forEach((resolve) => resolve());
  }
}
