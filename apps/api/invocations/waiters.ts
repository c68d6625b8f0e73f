/**
 * Callers that wait for an invocation to end. They are told over the outcome channel; since that may lose a message, the
 * record is read again after every reconnect and each second while anything waits.
 */
import { type Started } from '@invoq/contract/errors';
import { Refusal } from '@invoq/contract/refusal';
import { isEnded } from '@invoq/contract/invocation';
import type { Announcement, OutcomeListener } from '@invoq/queue/outcome-channel';
import type { RecordReader } from '@invoq/store/record-reader';
import type { Standing } from '@invoq/store/standing';
import { storeFault } from '@invoq/store/store-fault';
import type { Places } from '../callers/places';
import type { HangUp } from './call';

export interface Ended extends Standing {
  envelope: string;
}

/** How long Redis may be away before those who wait are told so; with their own timers they hear within 2.5 s. */
const AWAY_MS = 2_000;
const REREAD_MS = 1_000;

export class Waiters implements OutcomeListener {
  private readonly byID = new Map<string, Waiter[]>();
  private count = 0;
  private rereading: NodeJS.Timeout | undefined;
  private away: NodeJS.Timeout | undefined;
  /** Since when no look at a record was answered, ms; a Redis behind a silent network is away without saying so. */
  private unanswered: number | undefined;

  constructor(
    private readonly reader: RecordReader,
    private readonly places: Places,
    private readonly onFault: (error: unknown) => void,
  ) {}

  get size(): number {
    return this.count;
  }

  /**
   * Before the invocation is enqueued, so that no end can slip through. Close it whatever happens. `holder`: whose place it
   * takes; refuses when there is none for it. What is known of the call is in `started`.
   */
  open(requestID: string, holder: string, started: Started = false): Waiter {
    this.places.take(holder, { requestID, started });
    const waiter = new Waiter(requestID, () => this.remove(waiter, holder));
    const others = this.byID.get(requestID);
    if (others) others.push(waiter);
    else this.byID.set(requestID, [waiter]);
    this.count++;
    this.rereading ??= setInterval(() => void this.reread(REREAD_MS), REREAD_MS);
    return waiter;
  }

  onOutcome({ requestID, outcome, envelope }: Announcement): void {
    if (!this.byID.has(requestID)) return;
    if (outcome !== undefined && envelope !== undefined) this.settle(requestID, { status: outcome, envelope });
    else void this.readAgain(requestID);
  }

  onConnected(): void {
    clearTimeout(this.away);
    this.away = undefined;
    void this.reread(0);
  }

  onDisconnected(): void {
    this.away ??= setTimeout(() => this.tellStoreAway(), AWAY_MS);
  }

  close(): void {
    clearInterval(this.rereading);
    clearTimeout(this.away);
  }

  private async reread(olderThanMs: number): Promise<void> {
    const before = Date.now() - olderThanMs;
    const ids = [...this.byID].filter(([, waiters]) => waiters.some((w) => w.since <= before)).map(([id]) => id);
    await Promise.all(ids.map((id) => this.readAgain(id)));
  }

  private tellStoreAway(): void {
    for (const waiters of [...this.byID.values()]) for (const waiter of [...waiters]) waiter.storeAway();
  }

  private async readAgain(requestID: string): Promise<void> {
    const askedAt = Date.now();
    try {
      const standing = await this.reader.standing(requestID);
      this.unanswered = undefined;
      if (standing?.envelope !== undefined && isEnded(standing.status)) this.settle(requestID, standing as Ended);
    } catch (error) {
      this.onFault(error);
      // Redis is there; what is wrong with this record concerns nobody else.
      if (storeFault(error) === 'ours') return;
      this.unanswered ??= askedAt;
      if (Date.now() - this.unanswered >= AWAY_MS) this.tellStoreAway();
    }
  }

  private settle(requestID: string, ended: Ended): void {
    for (const waiter of [...(this.byID.get(requestID) ?? [])]) waiter.settle(ended);
  }

  private remove(waiter: Waiter, holder: string): void {
    const waiters = this.byID.get(waiter.requestID);
    const at = waiters?.indexOf(waiter) ?? -1;
    if (waiters === undefined || at < 0) return;
    waiters.splice(at, 1);
    this.places.giveBack(holder);
    this.count--;
    if (waiters.length === 0) this.byID.delete(waiter.requestID);
    if (this.count === 0) {
      clearInterval(this.rereading);
      this.rereading = undefined;
      this.unanswered = undefined;
    }
  }
}

/** One caller's wait. What is announced before anyone asks is kept. */
export class Waiter {
  readonly since = Date.now();
  private ended: Ended | undefined;
  private isStoreAway = false;
  private wake: (() => void) | undefined;

  constructor(
    readonly requestID: string,
    private readonly onClose: () => void,
  ) {}

  /** The end, or undefined after `ms` or when the caller hung up. Refuses with STORE_UNAVAILABLE when Redis stays away. */
  async wait(ms: number, hangUp?: HangUp): Promise<Ended | undefined> {
    if (!this.ended && !this.isStoreAway && !hangUp?.isGone) await this.sleep(ms, hangUp);
    if (this.ended) return this.ended;
    if (this.isStoreAway) {
      throw new Refusal(
        'STORE_UNAVAILABLE',
        'Redis went away while the call was under way. Ask for its result by requestID.',
        {
          requestID: this.requestID,
          started: 'unknown',
          retryAfterS: 1,
        },
      );
    }
    return undefined;
  }

  settle(ended: Ended): void {
    this.ended = ended;
    this.wake?.();
  }

  storeAway(): void {
    this.isStoreAway = true;
    this.wake?.();
  }

  close(): void {
    this.wake?.();
    this.onClose();
  }

  private async sleep(ms: number, hangUp?: HangUp): Promise<void> {
    let listened: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      listened = hangUp?.listen(this.wake);
    });
    listened?.();
    this.wake = undefined;
  }
}
