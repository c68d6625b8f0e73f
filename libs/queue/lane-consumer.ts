/** The consuming side of one lane, whatever carries it: takes requestIDs, as many at a time as the lane has slots. */
import type { Redis } from 'ioredis';
import type { LaneAddress } from './lane-address';

export interface LaneConsumerOptions {
  address: LaneAddress;
  /** The hash tag of the partition's records: what a lane keeps in Redis by itself is to be on the same node. */
  tag: string;
  slots: number;
  redis: Redis;
  /** How long a delivery is held for a worker that does not report, ms: as long as the record's lease. */
  lockMs: number;
  /** Takes whoever is next out of the waiting line, brought by a ticket or not; undefined when nobody waits (any more). */
  next(byTicket: boolean): Promise<string | undefined>;
  /**
   * Attempts the invocation, then whoever is next in the line, and so on as long as `goesOn` says so. Whatever it decides is
   * in the records.
   */
  serve(requestID: string, goesOn: () => boolean): Promise<void>;
  onFault(error: Error): void;
}

export interface LaneConsumer {
  /** Starts taking; resolves once the lane is connected. */
  start(): Promise<void>;
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
