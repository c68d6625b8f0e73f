/** The callbacks of an env that failed and are not delivered since, the newest failure first; see `undelivered.lua`. */
import type { Redis } from 'ioredis';
import { recordKey, undeliveredKey } from '../keys/keys';
import { type Listed, ListsWalk, type WalkPlace } from '../lists/lists-walk';
import { readCallSpec } from '../record/call-spec';
import { type DeliveryView, Outbox } from './outbox';

export interface FailingCallback {
  requestID: string;
  function: string;
  /** Of the last failure, ms since the epoch by the clock of Redis. */
  failedAt: number;
  view: DeliveryView;
}

export interface FailingPage {
  callbacks: FailingCallback[];
  /** Where the next page begins; undefined: there is none. */
  next?: WalkPlace;
}

export class FailingCallbacks {
  private readonly outbox: Outbox;

  constructor(
    private readonly redis: Redis,
    private readonly partitions: number,
  ) {
    this.outbox = new Outbox(redis);
  }

  /** `after`: where the page before ended. A page may be short: what is past retention is left out. */
  async page(env: string, limit: number, after?: WalkPlace): Promise<FailingPage> {
    const keys = Array.from({ length: this.partitions }, (_, partition) => undeliveredKey(partition, env));
    const walk = new ListsWalk(this.redis, keys, { after });
    const listed = await walk.next(limit);
    const read = await Promise.all(listed.map((one) => this.read(one)));
    await this.forget(listed.filter((_, i) => read[i] === undefined));
    const last = listed.at(-1);
    return {
      callbacks: read.filter((one): one is FailingCallback => one !== undefined),
      next: last && (await walk.hasAfter(last)) ? last : undefined,
    };
  }

  /** Undefined: its record is past retention. */
  private async read({ requestID, at }: Listed): Promise<FailingCallback | undefined> {
    // A call with a callback is a hash.
    const spec = await this.redis.hget(recordKey(requestID), 'terms');
    if (spec === null) return undefined;
    const { function: name } = readCallSpec(spec);
    return { requestID, function: name, failedAt: at, view: await this.outbox.read(requestID) };
  }

  private async forget(gone: Listed[]): Promise<void> {
    await Promise.all(gone.map(({ key, requestID }) => this.redis.zrem(key, requestID)));
  }
}
