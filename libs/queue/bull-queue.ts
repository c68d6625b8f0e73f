/** The name and the settings of the BullMQ queue behind a lane that BullMQ carries; producer and consumer must agree on both. */
import type { PartitionLane } from './partition-lane';

/** '.' cannot occur in a queue's name, so no two addresses share one; ':' is not allowed by BullMQ. */
export function bullName(address: PartitionLane): string {
  return `${address.queue}.${address.lane}`;
}

/** Jobs leave nothing behind: the record is what is kept. */
export const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

/** We do not read BullMQ's events; it always writes them, and can only be set to keep few. */
export const STREAMS = { events: { maxLen: 10 } } as const;
