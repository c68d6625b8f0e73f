/** Reading what became of an invocation, by its requestID. Another env's id is answered like an unknown one. */
import { Refusal } from '@invoq/contract/refusal';
import { isEnded, isRequestID, type Status } from '@invoq/contract/invocation';
import type { CallList, TimeSpan } from '@invoq/store/lists/call-list';
import type { CallPages } from '@invoq/store/lists/call-pages';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { RecordReader } from '@invoq/store/record/record-reader';
import { partitionOf } from '@invoq/store/keys/partition';
import { type RecordView, withEnvelope } from '@invoq/store/record/record';
import { storeRefusal } from '@invoq/store/connection/store-error';
import { readStored } from '@invoq/store/record/stored-result';
import type { Caller } from '../auth/caller';
import type {
  RunDetails,
  LargeResult,
  CallPage,
  CallQuery,
  HangUp,
  LargeResultOptions,
  Origin,
  PastCall,
} from './call';
import { OneByOne } from '../http/one-by-one';
import type { LargeResults } from './large-results';
import type { Waiters } from './waiters';

export interface RecordsOptions {
  partitions: number;
  maxWaitMs: number;
  replyTo: string;
}

export interface ReadRecord extends RecordView {
  /** How its result was brought, in `envelope` and `json` alike, when it is a large one. */
  large?: LargeResult;
}

/** Requests for whole lists that wait for each other: each reads up to 10,000 records of each partition. */
const MAX_WALKS = 20;

export class Records {
  private readonly walks = new OneByOne(MAX_WALKS, 'whole lists of calls');

  constructor(
    private readonly store: InvocationStore,
    private readonly reader: RecordReader,
    private readonly lists: CallList,
    private readonly pages: CallPages,
    private readonly waiters: Waiters,
    private readonly large: LargeResults,
    private readonly options: RecordsOptions,
  ) {}

  /** The record as soon as it has ended, or after `waitMs`; with its whole result, or an address of a large one. */
  async read(
    caller: Caller,
    requestID: string,
    waitMs: number,
    hangUp?: HangUp,
    largeOptions?: LargeResultOptions,
  ): Promise<ReadRecord> {
    const record = await this.find(caller, requestID);
    if (isEnded(record.status)) return this.whole(caller, record, largeOptions);
    await this.untilEnded(caller, requestID, Math.min(waitMs, this.options.maxWaitMs), hangUp);
    return this.now(caller, requestID, largeOptions);
  }

  /** The record now, with its whole result as well. It is asked for most often, and makes no promise that it need not. */
  now(caller: Caller, requestID: string, largeOptions?: LargeResultOptions): Promise<ReadRecord> {
    // Nearly every result is small enough to be in its record.
    return this.found(caller, requestID, (record) =>
      isWhole(record) ? record : this.whole(caller, record, largeOptions),
    );
  }

  /** What it was called with, as JSON text; undefined: it is not kept (any more). Of one that `read` has answered. */
  async data(requestID: string): Promise<string | undefined> {
    return this.asked(() => this.reader.data(requestID), requestID);
  }

  /** Refuses what is not there, and what is another env's. */
  async mustKnow(caller: Caller, requestID: string): Promise<void> {
    await this.find(caller, requestID);
  }

  /** The log lines of an invocation, as ndjson. `from`: behind so many bytes of them. */
  async logs(caller: Caller, requestID: string, from: number): Promise<string> {
    await this.find(caller, requestID);
    return this.asked(() => this.reader.logs(requestID, from), requestID);
  }

  /** Asks for its end; the same answer however often it is asked. Refuses with ALREADY_ENDED what has another end. */
  async cancel(caller: Caller, requestID: string): Promise<Status> {
    const record = await this.find(caller, requestID);
    const status = await this.asked(() => this.store.cancel(requestID, record), requestID);
    if (status === undefined) throw unknown(requestID);
    if (status !== 'cancelled' && isEnded(status)) {
      throw new Refusal('ALREADY_ENDED', `The invocation has ended already: ${status}.`, {
        requestID,
        started: record.attempt > 0,
      });
    }
    return status;
  }

  /** What there is to tell of a call that has ended, beside its answer. */
  async runDetails(requestID: string): Promise<RunDetails> {
    const ask = (): Promise<[string, { runMs: number; peakRssMb?: number } | undefined]> =>
      Promise.all([this.reader.logs(requestID), this.reader.used(requestID)]);
    const [logs, used] = await this.asked(ask, requestID);
    return { logs, runMs: used?.runMs ?? 0, peakRssMb: used?.peakRssMb };
  }

  /** The calls of one function in the caller's env, newest first: as many as its list keeps. */
  async past(caller: Caller, name: string, span: TimeSpan): Promise<PastCall[]> {
    const calls = await this.walks
      .do(() => this.lists.read(caller.env, name, span))
      .catch((error: unknown) => {
        throw storeRefusal(error);
      });
    return calls.map(({ origin, used, ...call }) => {
      const { eventType } = JSON.parse(origin) as Partial<Origin>;
      return { ...call, eventType: eventType ?? '', peakRssMb: used?.peakRssMb };
    });
  }

  /** The calls of the caller's env, a page of them. */
  page({ env }: Caller, query: CallQuery): Promise<CallPage> {
    return this.pages.read({ ...query, env }).catch((error: unknown) => {
      throw storeRefusal(error);
    });
  }

  /** With its result, where that is kept beside it. */
  async whole({ holder }: Caller, record: RecordView, largeOptions?: LargeResultOptions): Promise<ReadRecord> {
    if (isWhole(record)) return record;
    const { envelope, large } = await this.large.whole(holder, record.requestID, record.envelope!, largeOptions);
    return { ...withEnvelope(record, envelope), large };
  }

  /** The record as it stands; refuses what is unknown, or another env's. */
  find(caller: Caller, requestID: string): Promise<RecordView> {
    return this.found(caller, requestID, (record) => record);
  }

  private found<T>(caller: Caller, requestID: string, then: (record: RecordView) => T | Promise<T>): Promise<T> {
    if (!isRequestID(requestID) || partitionOf(requestID) >= this.options.partitions)
      return Promise.reject(unknown(requestID));
    return this.reader.read(requestID).then(
      (record) => {
        if (record?.env !== caller.env) throw unknown(requestID);
        return then(record);
      },
      (error: unknown) => {
        throw storeRefusal(error, { requestID, started: 'unknown' });
      },
    );
  }

  private async untilEnded({ holder }: Caller, requestID: string, ms: number, hangUp?: HangUp): Promise<void> {
    const waiter = this.waiters.open(requestID, holder, 'unknown');
    try {
      const standing = await this.asked(() => this.store.watch(requestID, this.options.replyTo), requestID);
      if (standing && !isEnded(standing.status)) await waiter.wait(ms, hangUp);
    } finally {
      waiter.close();
    }
  }

  private asked<T>(ask: () => Promise<T>, requestID: string): Promise<T> {
    return ask().catch((error: unknown) => {
      throw storeRefusal(error, { requestID: isRequestID(requestID) ? requestID : undefined, started: 'unknown' });
    });
  }
}

function isWhole({ envelope }: RecordView): boolean {
  return envelope === undefined || readStored(envelope) === undefined;
}

function unknown(requestID: string): Refusal {
  return new Refusal('INVOCATION_NOT_FOUND', `No invocation "${requestID}".`);
}
