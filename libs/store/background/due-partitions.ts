/**
 * Which partitions a loop has to look at: those in which something happens, and those in which something is due by now. A
 * loop that looks elsewhere finds nothing, so it need not. As a safety net it is counted now and then where anything is
 * kept at all, a few commands for all partitions.
 */
import type { Redis } from 'ioredis';
import type { Activity } from './activity';

export interface DuePartitionsOptions {
  partitions: number;
  /** ms until something is due in a partition; Infinity: nothing is kept there. */
  dueIn(partition: number): Promise<number>;
  /** What is there while anything is kept in a partition. */
  keyOf(partition: number): string;
}

/** What is due later than that is asked for again, ms: clocks run apart. */
const KNOWN_MS = 60_000;
/** Between two counts, ms. */
const COUNT_MS = 30_000;
/** Keys in one count. */
const COUNTED_AT_ONCE = 64;

export class DuePartitions {
  /** When something is due, by partition, of `performance.now()`; undefined: not known. */
  private readonly dueAt: (number | undefined)[] = [];
  /** When that was asked. What has happened since is looked at, however long this loop was held up. */
  private readonly askedAt: number[] = [];
  private countedAt = performance.now();
  private isCounting = false;

  constructor(
    private readonly redis: Redis,
    private readonly activity: Activity,
    private readonly options: DuePartitionsOptions,
  ) {}

  /** Is there something to do, for all that is known? */
  has(partition: number): boolean {
    return this.isNews(partition) || (this.dueAt[partition] ?? -Infinity) <= performance.now();
  }

  /** ms until the next partition has something to do; 0 while anything happens in one. */
  nextInMs(): number {
    const now = performance.now();
    let next = Infinity;
    for (let partition = 0; partition < this.options.partitions; partition++) {
      if (this.isNews(partition)) return 0;
      next = Math.min(next, (this.dueAt[partition] ?? now) - now);
    }
    return Math.max(0, next);
  }

  /** To be called after a check. Where nothing happens it is found out when something is due. */
  async checked(partition: number): Promise<void> {
    this.dueAt[partition] = undefined;
    if (this.activity.isActive(partition)) return;
    this.askedAt[partition] = performance.now();
    const dueIn = await this.options.dueIn(partition);
    this.dueAt[partition] = performance.now() + (dueIn === Infinity ? Infinity : Math.min(dueIn, KNOWN_MS));
  }

  /** Finds what was written without a note, by and by. `onError`: of a count; the next one comes in its time. */
  countNowAndThen(onError: (error: unknown) => void): void {
    if (this.isCounting || performance.now() - this.countedAt < COUNT_MS) return;
    this.countedAt = performance.now();
    this.isCounting = true;
    this.count()
      .catch(onError)
      .finally(() => (this.isCounting = false));
  }

  private isNews(partition: number): boolean {
    return this.activity.wasActiveSince(partition, this.askedAt[partition] ?? -Infinity);
  }

  private async count(): Promise<void> {
    const empty = this.dueAt.flatMap((at, partition) => (at === Infinity ? [partition] : []));
    // Keys of different partitions are on different nodes of a Redis Cluster.
    const size = this.redis.isCluster ? 1 : COUNTED_AT_ONCE;
    for (let at = 0; at < empty.length; at += size) {
      const some = empty.slice(at, at + size);
      const found = await this.redis.exists(...some.map((partition) => this.options.keyOf(partition)));
      if (found > 0) for (const partition of some) this.dueAt[partition] = undefined;
    }
  }
}
