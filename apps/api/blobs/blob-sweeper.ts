/** Drops expired blobs, every ten minutes, in one process of the fleet at a time, by the clock of Redis. */
import { SHELF_MS } from '@invoq/blobs/blob-id';
import type { BlobStore } from '@invoq/blobs/blob-store';
import type { Turns } from '@invoq/store/turns';

export interface BlobSweeperOptions {
  /** Names this process among those that could sweep. */
  who: string;
  onFault(error: unknown): void;
  everyMs?: number;
}

/** Uploads are named by the clock of the API that took them, which may be wrong by so much, ms. */
const SLACK_MS = 3_600_000;
const FIRST_MS = 30_000;

export class BlobSweeper {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly blobs: BlobStore,
    private readonly turns: Turns,
    private readonly options: BlobSweeperOptions,
  ) {}

  start(): void {
    this.schedule(Math.min(FIRST_MS, this.everyMs));
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Does nothing while another process has the turn. */
  async sweepOnce(): Promise<void> {
    // A little less than the time between two sweeps, so that the same process may have the next turn.
    const now = await this.turns.take('sweep-blobs', this.options.who, this.everyMs * 0.9);
    if (now !== undefined) await this.blobs.sweep(now - SLACK_MS);
  }

  private get everyMs(): number {
    return this.options.everyMs ?? SHELF_MS;
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      void this.sweepOnce()
        .catch((error: unknown) => this.stopped || this.options.onFault(error))
        .finally(() => this.schedule(this.everyMs));
    }, ms);
    this.timer.unref();
  }
}
