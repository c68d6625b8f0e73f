/**
 * Looks at every partition, a few side by side. One that takes its time (its node of a Redis Cluster is away) gives its
 * place to the next, and is not checked again before it has answered: the others do not wait for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface PartitionPollsOptions {
  partitions: number;
  /** Is there anything to do in this one? By default there may be. */
  isDue?: (partition: number) => boolean;
  /** Of each check that failed, also when nobody waits for it any more. */
  onError(error: unknown): void;
  /** How long one check may hold up those behind it, ms. */
  patienceMs?: number;
}

/** So many questions are on their way to Redis at a time. */
export const SIDE_BY_SIDE = 8;
const PATIENCE_MS = 1_000;

export class PartitionPolls {
  /** Partitions that are being checked. */
  private readonly underWay = new Set<number>();

  constructor(
    private readonly poll: (partition: number) => Promise<void>,
    private readonly options: PartitionPollsOptions,
  ) {}

  /** One check of each that is due, and not checked already. Never rejects; it ends whether they answer or not. */
  async pollDue(): Promise<void> {
    const { partitions, isDue = () => true } = this.options;
    const waiting = Array.from({ length: partitions }, (_, partition) => partition)
      .filter((partition) => !this.underWay.has(partition) && isDue(partition))
      .values();
    // All take from one list, so that each goes on with whatever is next.
    const places = Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (const partition of waiting) await this.forAWhile(this.pollOne(partition));
    });
    await Promise.all(places);
  }

  private async pollOne(partition: number): Promise<void> {
    this.underWay.add(partition);
    try {
      await this.poll(partition);
    } catch (error) {
      this.options.onError(error);
    } finally {
      this.underWay.delete(partition);
    }
  }

  private async forAWhile(pollOne: Promise<void>): Promise<void> {
    const over = new AbortController();
    const enough = sleep(this.options.patienceMs ?? PATIENCE_MS, undefined, { signal: over.signal, ref: false });
    await Promise.race([pollOne, enough]);
    over.abort();
    await enough.catch(() => undefined);
  }
}
