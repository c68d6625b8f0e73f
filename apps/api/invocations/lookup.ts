/** Many invocations in one request, and the wait for the first end among them. */
import type { Lookup as Found } from '@invoq/contract/lookup';
import { isEnded } from '@invoq/contract/invocation';
import type { InvocationStore } from '@invoq/store/invocation-store';
import { partitionOf } from '@invoq/store/keys/partition';
import type { Glimpse, RecordReader } from '@invoq/store/record/record-reader';
import { fromStore } from '@invoq/store/connection/store-error';
import type { Caller } from '../auth/caller';
import { OneByOne } from '../http/one-by-one';
import type { HangUp, LargeResultOptions } from './call';
import type { Records } from './records';
import type { Waiters } from './waiters';

export interface LookupOptions {
  partitions: number;
  maxWaitMs: number;
  replyTo: string;
}

/** Results in one answer, bytes. One alone may have more. */
const MAX_RESULTS = 4 * 1_024 * 1_024;
/** More requestIDs than these are looked up for one request at a time, so that others are served in between. */
const MANY = 100;
const MAX_WAITING = 50;

/** `data` of the answer, in parts that are JSON text already. */
export type LookedUp = { [Part in keyof Found]: string[] };

/** What is known of them before any result is read. */
interface Known {
  found: Glimpse[];
  unknown: string[];
}

export class Lookup {
  private readonly large = new OneByOne(MAX_WAITING, `lookups of more than ${MANY} calls`);

  constructor(
    private readonly store: InvocationStore,
    private readonly reader: RecordReader,
    private readonly records: Records,
    private readonly waiters: Waiters,
    private readonly options: LookupOptions,
  ) {}

  /** How they stand. */
  async now(caller: Caller, requestIDs: readonly string[], link: LargeResultOptions): Promise<LookedUp> {
    const { found, unknown } = await this.readKnown(caller, requestIDs);
    return this.answer(caller, found, unknown, link);
  }

  /** Those that have ended: as soon as there is any, or one that nobody knows, or after `waitMs`. */
  async ended(
    caller: Caller,
    requestIDs: readonly string[],
    waitMs: number,
    link: LargeResultOptions,
    hangUp: HangUp,
  ): Promise<LookedUp> {
    let known = await this.readKnown(caller, requestIDs);
    if (known.unknown.length === 0 && !known.found.some(hasEnded)) {
      await this.untilAnyEnded(caller, known.found, waitMs, hangUp);
      known = await this.readKnown(caller, requestIDs);
    }
    return this.answer(caller, known.found.filter(hasEnded), known.unknown, link);
  }

  private async untilAnyEnded({ holder }: Caller, open: Glimpse[], waitMs: number, hangUp: HangUp): Promise<void> {
    const requestIDs = open.map(({ requestID }) => requestID);
    const waiter = this.waiters.openAny(requestIDs, holder);
    try {
      // One may have ended since it was checked; from here on each end is announced.
      const standings = await this.inTurn(requestIDs, () =>
        Promise.all(requestIDs.map((requestID) => this.store.watch(requestID, this.options.replyTo))),
      );
      const isOver = standings.some((standing) => standing === undefined || isEnded(standing.status));
      if (!isOver) await waiter.wait(Math.min(waitMs, this.options.maxWaitMs), hangUp);
    } finally {
      waiter.close();
    }
  }

  private async readKnown({ env }: Caller, requestIDs: readonly string[]): Promise<Known> {
    const asked = [...new Set(requestIDs)];
    const possible = asked.filter((requestID) => partitionOf(requestID) < this.options.partitions);
    const seen = await this.inTurn(possible, () => this.reader.glimpses(possible));
    const found = seen.filter((one): one is Glimpse => one?.env === env);
    const there = new Set(found.map(({ requestID }) => requestID));
    return { found, unknown: asked.filter((requestID) => !there.has(requestID)) };
  }

  /** Results are read when it is known that they have room: a thousand of them may be more than this process can hold. */
  private async answer(
    caller: Caller,
    found: Glimpse[],
    unknown: string[],
    link: LargeResultOptions,
  ): Promise<LookedUp> {
    let room = MAX_RESULTS;
    const fits = found.filter(({ resultBytes }, i) => {
      room -= resultBytes;
      return room >= 0 || i === 0;
    });
    const requestIDs = fits.map(({ requestID }) => requestID);
    const records = await this.inTurn(requestIDs, () => this.reader.readMany(requestIDs));
    const answer: LookedUp = { invocations: [], unknown: [...unknown], links: [], left: [] };
    for (const [i, record] of records.entries()) {
      if (record === undefined) {
        // Its time was over in between.
        answer.unknown.push(requestIDs[i]);
        continue;
      }
      const { json, large } = await this.records.whole(caller, record, link);
      if (large) answer.links.push(record.requestID);
      answer.invocations.push(json);
    }
    const there = new Set(requestIDs);
    answer.left = found.flatMap(({ requestID }) => (there.has(requestID) ? [] : [requestID]));
    return answer;
  }

  private inTurn<T>(requestIDs: readonly string[], ask: () => Promise<T>): Promise<T> {
    return fromStore(requestIDs.length > MANY ? this.large.do(ask) : ask());
  }
}

function hasEnded({ status }: Glimpse): boolean {
  return isEnded(status);
}
