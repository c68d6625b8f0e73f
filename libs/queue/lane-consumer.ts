/** The consuming side of one lane, whatever carries it: takes calls, as many at a time as the lane has slots. */
import type { Redis } from 'ioredis';
import type { PartitionLane } from './partition-lane';
import type { SharedWait } from './shared-wait';

/** The lane of a call that is served. */
export interface Lane {
  /** Whether another call is wanted after this one. */
  goesOn(): boolean;
  /** Whether its slot may leave an offer when no call follows; see `LaneOffer`. */
  mayOffer(): boolean;
  /**
   * Runs a call that waited in its line for `queuedMs`. Resolves with undefined when no slot was free within a moment: `work`
   * was not called, and the call is to be handed back.
   */
  run<T>(queuedMs: number, work: () => Promise<T>): Promise<T | undefined>;
}

/** A call that this worker has started, and holds. */
export interface TakenCall {
  /**
   * Attempts it, then whoever is next in the lane, and so on as long as the lane goes on. Whatever it decides is in the
   * records. Resolves with true when nobody waits any more whom this worker serves, and with false when somebody may.
   */
  serve(lane: Lane): Promise<boolean>;
  /** Nothing was done of it, and another worker may have it. */
  handBack(): Promise<void>;
}

/**
 * The offer of one lane: where nobody waits, the end of a call leaves it in Redis for its slot, for a moment. A call that comes
 * meanwhile is started under it, in the step that accepts it, and put on a list of this worker. There is one and no more, since
 * a worker that is frozen takes along what it was given.
 */
export interface LaneOffer {
  /** The list from which this worker reads what was dispatched to it. */
  readonly key: string;
  /** It was left, and no call has come under it. */
  readonly stands: boolean;
  /** The same, or an end is on its way that leaves it. */
  readonly mayStand: boolean;
  /** It stands, and no call comes under it any more. The next one is left when this one is withdrawn. */
  readonly isOver: boolean;
  /** Takes it back. Answers the call that was dispatched under it meanwhile, also when its text was lost. */
  withdraw(): Promise<TakenCall[]>;
  /** The call of a text from the list. */
  read(text: string): TakenCall;
}

/** Waits for bells, and for tickets of BullMQ. */
export interface QuietWaits {
  bells: SharedWait;
  tickets: SharedWait;
}

export interface LaneConsumerOptions {
  address: PartitionLane;
  /** The hash tag of the partition's records: what a lane keeps in Redis by itself is to be on the same node. */
  tag: string;
  slots: number;
  redis: Redis;
  /** The lease of a record, ms; what a carrier holds for a worker is let go some of these after it has died. */
  lockMs: number;
  /**
   * Takes those that are next of what this worker serves, `count` at most; brought by a ticket or not. With 0 it only tells
   * those who serve what waits. `more`: more of them wait.
   */
  take(count: number, byTicket: boolean): Promise<{ calls: TakenCall[]; more: boolean }>;
  /** Missing: the slots of this lane are not offered. */
  offer?: LaneOffer;
  /** The key of the list that wakes this worker. It changes with what the worker serves. */
  bellKey(): string;
  /** Where lanes in which it is quiet wait together; missing: each waits by itself. */
  quiet?: QuietWaits;
  /** A call is about to be taken. */
  onRung?(): void;
  onError(error: Error): void;
}

export interface LaneConsumer {
  /** Starts taking; resolves once the lane is connected. */
  start(): Promise<void>;
  /** What this worker serves has changed: somebody may wait for whom it was not rung. */
  pollNow(): void;
  /** The same, for one that waits together with others and so does not poll now and then by itself. */
  pollIfQuiet(): void;
  /** Takes no more; resolves when what is running has ended, or after `ms`. */
  drain(ms: number): Promise<void>;
  /** Lets go of its connections; what runs still is left alone. Resolves after `ms` at the latest. */
  close(ms: number): Promise<void>;
}

/** Every wait has an end: resolves with `work`, or after `ms`, and never rejects. */
export async function settledWithin(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), limit]);
  clearTimeout(timer);
}
