/**
 * Keeps the leases of everything that runs in this process: one timer for all, a renewal each third of a lease. What has just
 * begun has a fresh lease: it is renewed with the next turn, when half of its lease is left at least.
 */
import { Stop } from '@invoq/executor/call/stop';
import { LiveMap } from '@invoq/live/live-map';
import type { InvocationStore } from '@invoq/store/invocation-store';

export class Leases {
  private readonly held = new LiveMap<string, Lease>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: Pick<InvocationStore, 'renew'>,
    /** A worker that is silent for so long may be declared dead, ms. */
    readonly leaseMs: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  hold(requestID: string, attempt: number): Lease {
    // Declared dead while it was cut off from Redis, this worker may get the same invocation again.
    this.held.get(requestID)?.lose();
    const lease = new Lease(requestID, attempt, () => {
      if (this.held.get(requestID) === lease) this.held.delete(requestID);
    });
    this.held.set(requestID, lease);
    this.timer ??= setInterval(() => this.renewAll(), this.leaseMs / 3).unref();
    return lease;
  }

  /** Its caller cancelled it: the function gets the signal to stop, and its outcome is recorded. */
  cancel(requestID: string): void {
    this.held.get(requestID)?.stop();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private renewAll(): void {
    const fresh = performance.now() - this.leaseMs / 6;
    for (const lease of this.held.values()) {
      if (lease.renewing || lease.heldAt > fresh) continue;
      lease.renewing = true;
      this.store
        .renew(lease.requestID, lease.attempt, this.leaseMs)
        .then((answer) => {
          if (answer === 'lost') lease.lose();
          if (answer === 'cancel') lease.stop();
        }, this.onError)
        .finally(() => (lease.renewing = false));
    }
  }
}

/** The right to run one attempt. */
export class Lease {
  /** A renewal is under way; while Redis is away one is enough. */
  renewing = false;
  readonly heldAt = performance.now();
  /** Asked when the run must stop, because it was cancelled or is no longer ours. */
  readonly stopped = new Stop();
  private lost = false;

  constructor(
    readonly requestID: string,
    readonly attempt: number,
    readonly release: () => void,
  ) {}

  /** Another worker runs or has ended it: the outcome of this run is discarded. */
  get isLost(): boolean {
    return this.lost;
  }

  stop(): void {
    this.stopped.ask();
  }

  lose(): void {
    this.lost = true;
    this.stop();
  }
}
