/**
 * The calls of an env, newest first, a page at a time. A page costs the same whatever the number of records: it is read from
 * its place in the list, and looks at so many records at most. Lists outlive records: an entry without one is taken out.
 */
import { type Invocation, isEnded, type Status } from '@invoq/contract/invocation';
import type { Redis } from 'ioredis';
import type { TimeSpan } from './call-list';
import { timeAt } from '../scripts/clock';
import { callsKey, envCallsKey, recordKey } from '../keys/keys';
import { type Listed, ListsWalk, type WalkPlace } from './lists-walk';
import { HEAD_FIELDS, readHead, TERMS } from '../record/record';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

export interface PageWish extends TimeSpan {
  env: string;
  /** Of this function alone. */
  function?: string;
  /** Only those that stand so now. */
  statuses?: ReadonlySet<Status>;
  limit: number;
  /** The last one that was looked at for the page before. */
  after?: WalkPlace;
}

export interface Page {
  invocations: Invocation[];
  /** Where the next page goes on; undefined: there is none. A page may be short, or empty, and still have a next one. */
  next?: WalkPlace;
}

/** Records that are looked at for one page, when it takes only those of some status. */
const MAX_LOOKED = 2_000;
/** An entry without a record is sooner looked at, and only once. */
const COST_OF_GONE = 0.1;
/** Records asked for at once: Redis serves others in between. */
const BATCH = 200;
const STATUS = HEAD_FIELDS.indexOf('status');

function hasFailed(status: string | null): boolean {
  return status !== null && status !== 'succeeded' && isEnded(status as Status);
}

export class CallPages {
  private readonly redis: ScriptedRedis;

  constructor(
    redis: Redis,
    private readonly partitions: number,
  ) {
    this.redis = withScripts(redis);
  }

  async read(wish: PageWish): Promise<Page> {
    const { env, function: name, statuses, limit } = wish;
    const keyOf = (partition: number): string =>
      name === undefined ? envCallsKey(partition, env) : callsKey(partition, env, name);
    const keys = Array.from({ length: this.partitions }, (_, partition) => keyOf(partition));
    const walk = new ListsWalk(this.redis, keys, wish);
    const invocations: Invocation[] = [];
    const gone: Listed[] = [];
    const now = await timeAt(this.redis, keys[0]);
    let looked = 0;
    let last: Listed | undefined;
    while (invocations.length < limit && looked < MAX_LOOKED) {
      const batch = await walk.next(
        Math.min(BATCH, statuses ? Math.ceil(MAX_LOOKED - looked) : limit - invocations.length),
      );
      if (batch.length === 0) break;
      const rows = await this.rows(batch);
      const failures = await this.failures(batch, rows);
      for (const [i, row] of rows.entries()) {
        if (invocations.length === limit) break;
        last = batch[i];
        const isGone = row[TERMS] === null;
        looked += isGone ? COST_OF_GONE : 1;
        if (isGone) gone.push(last);
        else if (!statuses || statuses.has(row[STATUS] as Status))
          invocations.push({ ...readHead(last.requestID, row, now, failures.get(i)), attempts: undefined });
      }
    }
    const next = last && (await walk.hasAfter(last)) ? last : undefined;
    await this.forget(gone);
    return { invocations, next };
  }

  private async rows(batch: Listed[]): Promise<(string | null)[][]> {
    // No pipeline: the records are of all partitions, which may be on different nodes of a Redis Cluster.
    return Promise.all(batch.map(({ requestID }) => this.redis.hmget(recordKey(requestID), ...HEAD_FIELDS)));
  }

  /** The envelopes of those that failed, by their place. They are short; that of a success may be large. */
  private async failures(batch: Listed[], rows: (string | null)[][]): Promise<Map<number, string>> {
    const failed = [...rows.keys()].filter((i) => hasFailed(rows[i][STATUS]));
    const envelopes = await Promise.all(failed.map((i) => this.redis.hget(recordKey(batch[i].requestID), 'envelope')));
    return new Map(failed.flatMap((i, n) => (envelopes[n] === null ? [] : [[i, envelopes[n]] as const])));
  }

  private async forget(gone: Listed[]): Promise<void> {
    await Promise.allSettled(gone.map(({ key, requestID }) => this.redis.zrem(key, requestID)));
  }
}
