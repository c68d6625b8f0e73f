/**
 * The calls of an env, newest first, a page at a time. A page costs the same whatever the number of records: it is read from
 * its place in the list, and looks at so many records at most. Lists outlive records: an entry without one is taken out.
 */
import { type Invocation, isRequestID, type Status } from '@invoq/contract/invocation';
import { fits, hasFailed, type ListFilters } from '@invoq/contract/list-filters';
import type { Redis } from 'ioredis';
import { recordFields } from '../record/packed-record';
import { callsKey, envCallsKey, failedKey, recordKey } from '../keys/keys';
import { partitionOf } from '../keys/partition';
import { HEAD_FIELDS, readHead, TERMS } from '../record/record';
import { timeAt } from '../scripts/clock';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';
import type { TimeSpan } from './call-list';
import { type Listed, ListsWalk, type WalkPlace } from './lists-walk';

/** The times are those by which the list is ordered: of acceptance, or of the failure. */
export interface PageQuery extends TimeSpan {
  env: string;
  /** How the requestID begins: the list alone decides it. */
  requestID?: string;
  /** Told by the record. */
  filters?: ListFilters;
  /** Of this function alone. */
  function?: string;
  /** Those of the function that failed for good, the newest failure first; default: all, as they were accepted. */
  order?: 'failed';
  limit: number;
  /** The last one that was checked for the page before. */
  after?: WalkPlace;
}

export interface Page {
  invocations: Invocation[];
  /** Where the next page goes on; undefined: there is none. A page may be short, or empty, and still have a next one. */
  next?: WalkPlace;
}

/** Records that are checked for one page, when it takes only some. */
const MAX_SCANNED = 2_000;
/** An entry without a record is cheaper to read, and read only once; so is one whose record is not needed. */
const COST_OF_GONE = 0.1;
/** Entries, and records, asked for at once: Redis serves others in between. */
const BATCH = 200;
const STATUS = HEAD_FIELDS.indexOf('status');

/** What was read of a record. */
type Row = (string | null)[];

export class CallPages {
  private readonly redis: ScriptedRedis;

  constructor(
    redis: Redis,
    private readonly partitions: number,
  ) {
    this.redis = withScripts(redis);
  }

  async read(query: PageQuery): Promise<Page> {
    if (query.requestID !== undefined && isRequestID(query.requestID)) return this.one(query, query.requestID);
    const { limit, requestID: start = '', filters = {} } = query;
    const keys = this.listsOf(query);
    const walk = new ListsWalk(this.redis, keys, query);
    const picks = start !== '' || Object.values(filters).some((wanted) => wanted !== undefined);
    const taken: [Listed, Row][] = [];
    const gone: Listed[] = [];
    const now = await timeAt(this.redis, keys[0]);
    let scanned = 0;
    let last: Listed | undefined;
    while (taken.length < limit && scanned < MAX_SCANNED) {
      const batch = await walk.next(Math.min(BATCH, picks ? Math.ceil(MAX_SCANNED - scanned) : limit - taken.length));
      if (batch.length === 0) break;
      const rows = await this.rows(batch, start);
      for (const [i, row] of rows.entries()) {
        if (taken.length === limit) break;
        last = batch[i];
        const isGone = row !== undefined && row[TERMS] === null;
        scanned += row === undefined || isGone ? COST_OF_GONE : 1;
        if (isGone) gone.push(last);
        else if (row !== undefined && fits(filters, readHead(last.requestID, row, now))) taken.push([last, row]);
      }
    }
    const next = last && (await walk.hasAfter(last)) ? last : undefined;
    const [invocations] = await Promise.all([this.withErrors(taken, now), this.forget(gone)]);
    return { invocations, next };
  }

  private listsOf({ env, function: name, order }: PageQuery): string[] {
    const keyOf = (partition: number): string => {
      if (name === undefined) return envCallsKey(partition, env);
      return order === 'failed' ? failedKey(partition, env, name) : callsKey(partition, env, name);
    };
    return Array.from({ length: this.partitions }, (_, partition) => keyOf(partition));
  }

  /** A whole requestID needs no list: the record itself says whether it fits. */
  private async one(query: PageQuery, requestID: string): Promise<Page> {
    const { env, function: name, from = -Infinity, to = Infinity, order, after, filters = {} } = query;
    if (after !== undefined || partitionOf(requestID) >= this.partitions) return { invocations: [] };
    const key = recordKey(requestID);
    const [row, now] = await Promise.all([recordFields(this.redis, key, HEAD_FIELDS), timeAt(this.redis, key)]);
    if (row[TERMS] === null) return { invocations: [] };
    const call = readHead(requestID, row, now);
    const isOfList = call.env === env && (name === undefined || call.function === name);
    const hasPlace = order === undefined || (hasFailed(call.status) && call.status !== 'cancelled');
    const at = Date.parse(order === 'failed' ? (call.finishedAt ?? '') : call.queuedAt);
    const isTaken = isOfList && hasPlace && fits(filters, call) && from <= at && at <= to;
    return { invocations: isTaken ? await this.withErrors([[{ at, requestID, key }, row]], now) : [] };
  }

  /** Undefined: passed over by its requestID. */
  private async rows(batch: Listed[], start: string): Promise<(Row | undefined)[]> {
    // No pipeline: the records are of all partitions, which may be on different nodes of a Redis Cluster.
    return Promise.all(
      batch.map(async ({ requestID }) =>
        requestID.startsWith(start) ? recordFields(this.redis, recordKey(requestID), HEAD_FIELDS) : undefined,
      ),
    );
  }

  /** With the errors of those that failed: their envelopes are short, and that of a success may be large. */
  private async withErrors(taken: [Listed, Row][], now: number): Promise<Invocation[]> {
    return Promise.all(
      taken.map(async ([{ requestID }, row]) => {
        const failed = hasFailed(row[STATUS] as Status);
        // What has failed is a hash.
        const envelope = failed ? await this.redis.hget(recordKey(requestID), 'envelope') : null;
        return { ...readHead(requestID, row, now, envelope ?? undefined), attempts: undefined };
      }),
    );
  }

  private async forget(gone: Listed[]): Promise<void> {
    await Promise.allSettled(gone.map(({ key, requestID }) => this.redis.zrem(key, requestID)));
  }
}
