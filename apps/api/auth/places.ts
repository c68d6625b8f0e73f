/** Places of one kind in this process (for waits, streams, uploads, open results), shared out among its callers. */
import { Refusal, type RefusalDetails } from '@invoq/contract/refusal';
import type { QuotaName } from '@invoq/contract/rate';
import { Shares } from '@invoq/policy/shares';

export interface PlacesOptions {
  /** As in `RateLimit` headers and metrics. */
  name: QuotaName;
  /** What takes a place, in the plural. */
  what: string;
  /** Places in all. */
  max: number;
  /** The most that one caller ever has; by default its share decides. */
  maxEach?: number;
  /** The setting that `max` comes from. */
  setting: string;
}

const RETRY_AFTER_S = 1;

export class Places {
  private readonly shares: Shares;

  constructor(private readonly options: PlacesOptions) {
    this.shares = new Shares(options.max, options.maxEach);
  }

  get name(): QuotaName {
    return this.options.name;
  }

  /** Places that are taken. */
  get taken(): number {
    return this.shares.taken;
  }

  /**
   * Takes a place for this caller (`Caller.holder`); give it back whatever happens. Refuses with OVERLOADED when none is free,
   * and with RATE_LIMITED when the caller has its share.
   */
  take(holder: string, details: Pick<RefusalDetails, 'requestID' | 'started'> = {}): void {
    const verdict = this.shares.take(holder);
    if (verdict === 'taken') return;
    const { name, what, max, setting } = this.options;
    const own = this.shares.heldBy(holder);
    const isFull = verdict === 'full';
    const message = isFull
      ? `All ${max} places for ${what} are taken in this process (${setting}).`
      : `You hold ${own} of the ${max} places for ${what} in this process (${setting}); the rest is kept for other callers.`;
    throw new Refusal(isFull ? 'OVERLOADED' : 'RATE_LIMITED', message, {
      ...details,
      retryAfterS: RETRY_AFTER_S,
      quotas: [{ name, limit: isFull ? max : own, remaining: 0 }],
    });
  }

  giveBack(holder: string): void {
    this.shares.giveBack(holder);
  }
}
