/**
 * Callers that wait for an invocation to end. They are notified over the outcome channel; since that may lose a message, the
 * record is read again after every reconnect and each second while anything waits.
 */
import { type Started } from '@invoq/contract/errors';
import { Refusal } from '@invoq/contract/refusal';
import { isEnded } from '@invoq/contract/invocation';
import { LiveMap } from '@invoq/live/live-map';
import type { Announcement, OutcomeListener } from '@invoq/queue/outcome-channel';
import type { RecordReader } from '@invoq/store/record/record-reader';
import type { StatusSnapshot } from '@invoq/store/record/status-snapshot';
import { storeError } from '@invoq/store/connection/store-error';
import type { Places } from '../auth/places';
import type { HangUp } from './call';

export interface Ended extends StatusSnapshot {
  envelope: string;
}

/** How long Redis may be away before waiting calls fail; with their own timers they are answered within 2.5 s. */
const AWAY_MS = 2_000;
const REREAD_MS = 1_000;
const REREAD_MANY_MS = 5_000;

export class Waiters implements OutcomeListener {
  private readonly byID = new LiveMap<string, Waiter[]>();
  private count = 0;
  private rereading: NodeJS.Timeout | undefined;
  private away: NodeJS.Timeout | undefined;
  /** Since when no read of a record was answered, ms; a Redis behind a silent network is away without saying so. */
  private unanswered: number | undefined;

  constructor(
    private readonly reader: RecordReader,
    private readonly places: Places,
    private readonly onError: (error: unknown) => void,
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
    return this.listen(new Waiter([requestID], REREAD_MS), holder);
  }

  /** The same for the first end of several. It takes one place, and its records are read again less often. */
  openAny(requestIDs: readonly string[], holder: string): Waiter {
    this.places.take(holder);
    return this.listen(new Waiter(requestIDs, REREAD_MANY_MS), holder);
  }

  onOutcome({ requestID, outcome, envelope }: Announcement): void {
    if (!this.byID.has(requestID)) return;
    if (outcome !== undefined && envelope !== undefined) this.settle(requestID, { status: outcome, envelope });
    else void this.readAgain(requestID);
  }

  onConnected(): void {
    clearTimeout(this.away);
    this.away = undefined;
    void this.reread(() => true);
  }

  onDisconnected(): void {
    this.away ??= setTimeout(() => this.failAllForStore(), AWAY_MS);
  }

  close(): void {
    clearInterval(this.rereading);
    clearTimeout(this.away);
  }

  private listen(waiter: Waiter, holder: string): Waiter {
    for (const requestID of waiter.requestIDs) {
      const others = this.byID.get(requestID);
      if (others) others.push(waiter);
      else this.byID.set(requestID, [waiter]);
    }
    waiter.onClose = () => this.remove(waiter, holder);
    this.count++;
    this.rereading ??= setInterval(this.rereadDue, REREAD_MS).unref();
    return waiter;
  }

  /** Goes on over a pause between two callers, so that a lone one does not pay for a timer each time. */
  private readonly rereadDue = (): void => {
    if (this.count > 0) return void this.reread((one) => one.isDue());
    clearInterval(this.rereading);
    this.rereading = undefined;
  };

  private async reread(concerns: (waiter: Waiter) => boolean): Promise<void> {
    const due = new Set(this.byID.values().flat().filter(concerns));
    const ids = new Set([...due].flatMap(({ requestIDs }) => requestIDs));
    await Promise.all([...ids].map((id) => this.readAgain(id)));
  }

  private failAllForStore(): void {
    for (const waiters of this.byID.values()) for (const waiter of [...waiters]) waiter.storeAway();
  }

  private async readAgain(requestID: string): Promise<void> {
    const askedAt = Date.now();
    try {
      const standing = await this.reader.standing(requestID);
      this.unanswered = undefined;
      if (standing?.envelope !== undefined && isEnded(standing.status)) this.settle(requestID, standing as Ended);
    } catch (error) {
      this.onError(error);
      // Redis is there; what is wrong with this record concerns nobody else.
      if (storeError(error) === 'ours') return;
      this.unanswered ??= askedAt;
      if (Date.now() - this.unanswered >= AWAY_MS) this.failAllForStore();
    }
  }

  private settle(requestID: string, ended: Ended): void {
    for (const waiter of this.byID.get(requestID) ?? []) waiter.settle(ended);
  }

  private remove(waiter: Waiter, holder: string): void {
    for (const requestID of waiter.requestIDs) {
      const all = this.byID.get(requestID);
      if (all !== undefined && all.length > 1) this.byID.set(requestID, without(waiter, all));
      else this.byID.delete(requestID);
    }
    this.places.giveBack(holder);
    this.count--;
    if (this.count === 0) this.unanswered = undefined;
  }
}

/** Another list: somebody may be going through this one. */
function without(waiter: Waiter, waiters: Waiter[]): Waiter[] {
  return waiters.filter((one) => one !== waiter);
}

/** One caller's wait. What is announced before anyone asks is kept. */
export class Waiter {
  /** Called once. */
  onClose: (() => void) | undefined;
  private rereadAt: number;
  private ended: Ended | undefined;
  private isStoreAway = false;
  private wake: (() => void) | undefined;

  /** `rereadMs`: so often its records are read again, in case an announcement was lost. */
  constructor(
    readonly requestIDs: readonly string[],
    private readonly rereadMs: number,
  ) {
    this.rereadAt = Date.now() + rereadMs;
  }

  /** Whether it is time to read again; if so, the next time is put off. */
  isDue(): boolean {
    const now = Date.now();
    if (now < this.rereadAt) return false;
    this.rereadAt = now + this.rereadMs;
    return true;
  }

  /** The end, or undefined after `ms` or when the caller hung up. Refuses with STORE_UNAVAILABLE when Redis stays away. */
  wait(ms: number, hangUp?: HangUp): Promise<Ended | undefined> {
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        if (this.ended === undefined && this.isStoreAway) reject(this.storeAwayRefusal());
        else resolve(this.ended);
      };
      if (this.ended || this.isStoreAway || hangUp?.isGone) return answer();
      const isOver = (): void => {
        clearTimeout(timer);
        stopListening?.();
        this.wake = undefined;
        answer();
      };
      const timer = setTimeout(isOver, ms);
      const stopListening = hangUp?.listen(isOver);
      this.wake = isOver;
    });
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
    this.onClose?.();
    this.onClose = undefined;
  }

  private storeAwayRefusal(): Refusal {
    const text = 'Redis went away while the call was under way. Ask for its result by requestID.';
    const requestID = this.requestIDs.length === 1 ? this.requestIDs[0] : undefined;
    return new Refusal('STORE_UNAVAILABLE', text, { requestID, started: 'unknown', retryAfterS: 1 });
  }
}
