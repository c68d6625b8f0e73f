/** One action on many calls: `POST /v1/queues/{queue}/purge` and `POST /v1/invocations/bulk`. */
import type { Status } from '../invocation';
import type { Reasoned } from './pause';

export const BULK_ACTIONS = ['cancel', 'replay'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** The most calls that one request looks at. A request that stops there answers a cursor. */
export const BULK_STEP = 500;

/** Which calls. Each field that is given must hold. */
export interface BulkFilter {
  function?: string;
  /** `cancel`: of those that have not ended (all of them by default). `replay`: of those that failed (all by default). */
  status?: Status[];
  /** ISO 8601, both included. `cancel`: when the call was accepted. `replay`: when it ended. */
  since?: string;
  until?: string;
}

export interface BulkRequest extends Reasoned {
  action: BulkAction;
  filter?: BulkFilter;
  /** Only counts. */
  dryRun?: boolean;
  /** Of the answer before. */
  cursor?: string | null;
}

export interface PurgeRequest extends Reasoned {
  /** Of this lane only: `sync`, `async`, `nested-1` … */
  lane?: string;
  dryRun?: boolean;
  cursor?: string | null;
}

/** What came of one step. */
export interface BulkAnswer {
  dryRun: boolean;
  /** Calls that were checked. */
  looked: number;
  /** Of these, calls that the filter names. */
  matched: number;
  /** Calls on which the action took effect; 0 in a dry run. */
  done: number;
  /** Calls on which it did not, by the type of the refusal: `NOT_REPLAYABLE`, `ALREADY_ENDED`, `QUEUE_FULL`, … */
  refused: Record<string, number>;
  /** Hand it over to go on; null: every call was checked. */
  cursor: string | null;
}
