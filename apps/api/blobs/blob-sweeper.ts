/** Drops expired blobs, every ten minutes, in one process of the fleet at a time, by the clock of Redis. */
import { SHELF_MS } from '@invoq/blobs/blob-id';
import type { BlobStore } from '@invoq/blobs/blob-store';
import { PeriodicTask } from '@invoq/store/background/periodic-task';
import type { ClusterLock } from '@invoq/store/background/cluster-lock';

export interface BlobSweeperOptions {
  /** Names this process among those that could sweep. */
  who: string;
  onError(error: unknown): void;
  everyMs?: number;
}

/** Uploads are named by the clock of the API that took them, which may be wrong by so much, ms. */
export const SLACK_MS = 3_600_000;
const FIRST_MS = 30_000;

export class BlobSweeper {
  private readonly everyMs: number;
  private readonly task: PeriodicTask;

  constructor(
    private readonly blobs: BlobStore,
    private readonly turns: ClusterLock,
    private readonly options: BlobSweeperOptions,
  ) {
    const { everyMs = SHELF_MS, onError } = options;
    this.everyMs = everyMs;
    this.task = new PeriodicTask(() => this.sweep(), { everyMs, firstMs: Math.min(FIRST_MS, everyMs), onError });
  }

  start(): void {
    this.task.start();
  }

  stop(): void {
    this.task.stop();
  }

  /** Does nothing while another process has the turn. */
  private async sweep(): Promise<void> {
    // A little less than the time between two sweeps, so that the same process may have the next turn.
    const now = await this.turns.take('sweep-blobs', this.options.who, this.everyMs * 0.9);
    if (now !== undefined) await this.blobs.sweep(now - SLACK_MS);
  }
}
