/** Many invocations in one request, and the wait for the first end among them. */
import type { Lookup as Found } from '@invoq/contract/lookup';
import { isEnded } from '@invoq/contract/invocation';
import type { InvocationStore } from '@invoq/store/invocation-store';
import { partitionOf } from '@invoq/store/partition';
import type { RecordView } from '@invoq/store/record';
import type { RecordReader } from '@invoq/store/record-reader';
import { storeRefusal } from '@invoq/store/store-fault';
import type { Caller } from '../callers/caller';
import type { HangUp, LargeWish } from './call';
import type { Records } from './records';
import type { Waiters } from './waiters';

export interface LookupOptions {
  partitions: number;
  maxWaitMs: number;
  replyTo: string;
}

/** Records as JSON text in one answer, characters. One alone may have more. */
const MAX_ANSWER = 4 * 1_024 * 1_024;

/** `data` of the answer, in parts that are JSON text already. */
export type LookedUp = { [Part in keyof Found]: string[] };

export class Lookup {
  constructor(
    private readonly store: InvocationStore,
    private readonly reader: RecordReader,
    private readonly records: Records,
    private readonly waiters: Waiters,
    private readonly options: LookupOptions,
  ) {}

  /** How they stand. */
  async now(caller: Caller, requestIDs: readonly string[], link: LargeWish): Promise<LookedUp> {
    const { found, unknown } = await this.read(caller, requestIDs);
    return this.answer(caller, found, unknown, link);
  }

  /** Those that have ended: as soon as there is any, or after `waitMs`. */
  async ended(
    caller: Caller,
    requestIDs: readonly string[],
    waitMs: number,
    link: LargeWish,
    hangUp: HangUp,
  ): Promise<LookedUp> {
    const first = await this.read(caller, requestIDs);
    if (first.found.some(hasEnded) || first.found.length === 0) return this.endedOf(caller, first, link);
    const open = first.found.map(({ requestID }) => requestID);
    const waiter = this.waiters.openAny(open, caller.holder);
    try {
      // One may have ended since it was read; from here on each end is announced.
      const standings = await this.asked(() =>
        Promise.all(open.map((requestID) => this.store.watch(requestID, this.options.replyTo))),
      );
      const isOver = standings.some((standing) => standing === undefined || isEnded(standing.status));
      if (!isOver) await waiter.wait(Math.min(waitMs, this.options.maxWaitMs), hangUp);
    } finally {
      waiter.close();
    }
    return this.endedOf(caller, await this.read(caller, requestIDs), link);
  }

  private endedOf(caller: Caller, { found, unknown }: ReadMany, link: LargeWish): Promise<LookedUp> {
    return this.answer(caller, found.filter(hasEnded), unknown, link);
  }

  private async read({ env }: Caller, requestIDs: readonly string[]): Promise<ReadMany> {
    const asked = [...new Set(requestIDs)];
    const known = asked.filter((requestID) => partitionOf(requestID) < this.options.partitions);
    const views = await this.asked(() => this.reader.readMany(known));
    const found = views.filter((view): view is RecordView => view?.env === env);
    const there = new Set(found.map(({ requestID }) => requestID));
    return { found, unknown: asked.filter((requestID) => !there.has(requestID)) };
  }

  private async answer(caller: Caller, found: RecordView[], unknown: string[], link: LargeWish): Promise<LookedUp> {
    const answer: LookedUp = { invocations: [], unknown, links: [], left: [] };
    let room = MAX_ANSWER;
    for (const record of found) {
      if (room <= 0) {
        answer.left.push(record.requestID);
        continue;
      }
      const { json, large } = await this.records.whole(caller, record, link);
      if (large) answer.links.push(record.requestID);
      answer.invocations.push(json);
      room -= json.length;
    }
    return answer;
  }

  private asked<T>(ask: () => Promise<T>): Promise<T> {
    return ask().catch((error: unknown) => {
      throw storeRefusal(error);
    });
  }
}

interface ReadMany {
  found: RecordView[];
  unknown: string[];
}

function hasEnded({ status }: RecordView): boolean {
  return isEnded(status);
}
