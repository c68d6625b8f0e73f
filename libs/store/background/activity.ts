/**
 * In which partitions something happens. Each process notes where it writes (`notes.ts`); whoever looks after the partitions
 * reads the notes of all in one command, and leaves the others alone. Without notes every partition is active: while a
 * process of a release that makes none is alive, after a fault, and after each reconnect.
 */
import type { Redis } from 'ioredis';
import { activeKey } from '../keys/keys';
import { withScripts } from '../scripts/scripts';

/** A note counts for so long, ms: ten times what may lie between two of them, and longer than a write is on its way. */
export const ACTIVE_MS = 10_000;
/** Clocks of Redis before and after a failover differ by less, ms: notes that are older are not read again. */
const OVERLAP_MS = 60_000;

/** How long notes are waited for, ms. */
const PATIENCE_MS = 1_000;

export interface ActivityOptions {
  /** Does every living process make notes? */
  allNote(): boolean;
}

export class Activity {
  /** Time of the last note that was read, by partition, as Redis has it. */
  private readonly noted = new Map<number, string>();
  /** By partition, of `performance.now()`. */
  private readonly activeUntil: number[] = [];
  private allUntil = performance.now() + ACTIVE_MS;
  private latest = 0;
  private lookedAt = -Infinity;
  private looking: Promise<void> | undefined;
  private beganAt = 0;

  constructor(
    private readonly redis: Redis,
    private readonly options: ActivityOptions,
  ) {
    withScripts(redis).invoqNotes.onNote((partition) => this.touch(partition));
    redis.on('ready', () => this.touchAll());
  }

  /** Reads the notes, unless it has done so within `maxAgeMs`. A fault is no fault: every partition counts as active then. */
  async look(maxAgeMs = 0): Promise<void> {
    if (!this.options.allNote()) return this.touchAll();
    if (performance.now() - this.lookedAt < maxAgeMs) return;
    if (this.looking === undefined) {
      this.looking = this.read()
        .catch(() => this.touchAll())
        .finally(() => (this.looking = undefined));
      this.beganAt = performance.now();
    }
    // The node that has the notes may be away, and those of the partitions are there.
    const leftMs = this.beganAt + PATIENCE_MS - performance.now();
    const isRead = leftMs > 0 && (await isWithin(this.looking, leftMs));
    if (!isRead) this.touchAll();
  }

  /** Something is about to be written in this partition, or was found there. */
  note(partition: number): void {
    withScripts(this.redis).invoqNotes.note(partition);
  }

  isActive(partition: number): boolean {
    return this.wasActiveSince(partition, performance.now());
  }

  /** Has it been active at any time from `at` (of `performance.now()`) on? For a loop that may be held up for long. */
  wasActiveSince(partition: number, at: number): boolean {
    return at < this.allUntil || at < (this.activeUntil[partition] ?? -Infinity);
  }

  private async read(): Promise<void> {
    const at = performance.now();
    const since = this.latest === 0 ? '-inf' : this.latest - OVERLAP_MS;
    const rows = await this.redis.zrangebyscore(activeKey(), since, '+inf', 'WITHSCORES');
    this.lookedAt = at;
    for (let i = 0; i < rows.length; i += 2) {
      const [partition, time] = [Number(rows[i]), rows[i + 1]];
      if (this.noted.get(partition) === time) continue;
      this.noted.set(partition, time);
      this.latest = Math.max(this.latest, Number(time));
      this.touch(partition);
    }
  }

  private touch(partition: number): void {
    this.activeUntil[partition] = performance.now() + ACTIVE_MS;
  }

  private touchAll(): void {
    this.allUntil = performance.now() + ACTIVE_MS;
  }
}

/** Whether it resolves within `ms`. */
async function isWithin(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
}
