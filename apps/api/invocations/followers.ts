/**
 * Who follows invocations live in this process. They are woken over the channel on which ends are announced; since that may
 * lose a message, each looks again after every reconnect and every two seconds. Those of one invocation share their reads.
 */
import { Refusal } from '@invoq/contract/refusal';
import type { Announcement, OutcomeListener } from '@invoq/queue/outcome-channel';
import type { RecordReader } from '@invoq/store/record/record-reader';
import type { LiveSnapshot } from '@invoq/store/record/live-snapshot';
import type { Places } from '../auth/places';

const REREAD_MS = 2_000;

export class Followers implements OutcomeListener {
  private readonly byID = new Map<string, Set<Follower>>();
  /** Looks under way, by invocation and by where in its log they begin. */
  private readonly reads = new Map<string, Map<number, Promise<LiveSnapshot | undefined>>>();
  private count = 0;
  private again: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly reader: Pick<RecordReader, 'readLive'>,
    private readonly places: Places,
  ) {}

  get size(): number {
    return this.count;
  }

  /** `holder`: whose place it takes. Refuses when there is none for it. Close it whatever happens. */
  open(requestID: string, holder: string): Follower {
    const details = { requestID, started: 'unknown' } as const;
    if (this.isClosed)
      throw new Refusal('OVERLOADED', 'This process is shutting down. Connect again.', { ...details, retryAfterS: 1 });
    this.places.take(holder, details);
    const follower = new Follower(
      (from) => this.read(requestID, from),
      () => this.remove(requestID, holder, follower),
    );
    const others = this.byID.get(requestID);
    if (others) others.add(follower);
    else this.byID.set(requestID, new Set([follower]));
    this.count++;
    this.again ??= setInterval(() => this.wakeAll(), REREAD_MS);
    return follower;
  }

  onOutcome({ requestID }: Announcement): void {
    this.wake(requestID);
  }

  onConnected(): void {
    this.wakeAll();
  }

  /** All who follow come to their end: they go on at another process, from where they were. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.again);
    for (const followers of [...this.byID.values()]) for (const follower of [...followers]) follower.close();
  }

  private wakeAll(): void {
    for (const requestID of this.byID.keys()) this.wake(requestID);
  }

  private wake(requestID: string): void {
    // What is under way may have seen the record as it was before.
    this.reads.delete(requestID);
    for (const follower of this.byID.get(requestID) ?? []) follower.wake();
  }

  private read(requestID: string, from: number): Promise<LiveSnapshot | undefined> {
    const reads = this.reads.get(requestID) ?? new Map<number, Promise<LiveSnapshot | undefined>>();
    this.reads.set(requestID, reads);
    let read = reads.get(from);
    if (!read) {
      read = this.reader.readLive(requestID, from).finally(() => {
        reads.delete(from);
        if (reads.size === 0 && this.reads.get(requestID) === reads) this.reads.delete(requestID);
      });
      reads.set(from, read);
    }
    return read;
  }

  private remove(requestID: string, holder: string, follower: Follower): void {
    const followers = this.byID.get(requestID);
    if (!followers?.delete(follower)) return;
    if (followers.size === 0) this.byID.delete(requestID);
    this.places.giveBack(holder);
    this.count--;
    if (this.count > 0) return;
    clearInterval(this.again);
    this.again = undefined;
  }
}

/** One who follows one invocation. */
export class Follower {
  isClosed = false;
  private isWoken = false;
  private onWake: (() => void) | undefined;

  constructor(
    /** The record now, and its log from there on; undefined: there is no such record any more. */
    readonly read: (logFrom: number) => Promise<LiveSnapshot | undefined>,
    private readonly onClose: () => void,
  ) {}

  wake(): void {
    this.isWoken = true;
    this.onWake?.();
  }

  close(): void {
    this.isClosed = true;
    this.onClose();
    this.wake();
  }

  /** Until there may be something new since the last wait, or `ms` are over. */
  async wait(ms: number): Promise<void> {
    if (!this.isWoken && !this.isClosed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.onWake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.onWake = undefined;
    this.isWoken = false;
  }
}
