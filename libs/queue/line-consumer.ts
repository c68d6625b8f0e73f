/**
 * A lane without a queue of its own: it takes straight from the waiting line that the record protocol keeps anyway. A pop
 * delivers; nothing is acknowledged, since a taken requestID that nobody claimed is put back by the sweeper.
 */
import type { Redis } from 'ioredis';
import { type LaneConsumer, type LaneConsumerOptions, settledWithin } from './lane-consumer';

/** How long one look into an empty line blocks, s: less than the silence after which a connection is given up. */
const BLOCK_S = 5;
/** How long a blocked look is waited for when the lane closes, ms. */
const UNBLOCK_MS = 500;
/** After a fault of Redis, before the next look, ms. */
const PAUSE_MS = 200;

export class LineConsumer implements LaneConsumer {
  /** Blocked most of the time, so it can do nothing else. */
  private readonly blocking: Redis;
  private readonly running = new Set<Promise<void>>();
  private blockedAs: number | undefined;
  private stopped = false;
  private drained = false;
  private looking: Promise<void> | undefined;
  private wake: (() => void) | undefined;

  /** `line`: the key of the waiting line, a sorted set of requestIDs, the next one first. */
  constructor(
    private readonly options: LaneConsumerOptions,
    private readonly line: string,
  ) {
    this.blocking = options.redis.duplicate();
    this.blocking.on('error', () => undefined);
    this.blocking.on('ready', () => void this.learnOwnName());
  }

  async start(): Promise<void> {
    await this.learnOwnName();
    this.looking = this.look();
  }

  async drain(ms: number): Promise<void> {
    const endsAt = Date.now() + ms;
    this.stopped = true;
    this.wake?.();
    // The look under way comes back at once, with whatever it took: that is attempted like the rest. Without Redis it
    // would not come back, nor bring anything.
    if (this.blockedAs !== undefined) {
      await settledWithin(this.options.redis.client('UNBLOCK', this.blockedAs), Math.min(ms, UNBLOCK_MS));
    }
    await settledWithin(this.looking ?? Promise.resolve(), Math.min(ms, UNBLOCK_MS));
    await settledWithin(Promise.all(this.running), Math.max(0, endsAt - Date.now()));
    this.drained = true;
  }

  async close(ms: number): Promise<void> {
    await this.drain(Math.min(ms, 0));
    this.blocking.disconnect();
  }

  private async look(): Promise<void> {
    while (!this.stopped) {
      const free = this.options.slots - this.running.size;
      if (free <= 0) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      try {
        for (const requestID of await this.pop(free)) this.begin(requestID);
      } catch (error) {
        if (this.stopped) return;
        this.options.onFault(error as Error);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** Those who wait longest, `count` at most; none when nobody came while it blocked. */
  private async pop(count: number): Promise<string[]> {
    const reply = (await this.blocking.call('BZMPOP', BLOCK_S, 1, this.line, 'MIN', 'COUNT', count)) as
      [key: string, taken: [requestID: string, score: unknown][]] | null;
    return reply === null ? [] : reply[1].map(([requestID]) => requestID);
  }

  private begin(requestID: string): void {
    // Too late for this worker, and not claimed yet: the sweeper puts it back into the line.
    if (this.drained) return;
    const run = this.options
      .take(requestID)
      .catch((error: Error) => this.options.onFault(error))
      .finally(() => {
        this.running.delete(run);
        this.wake?.();
      });
    this.running.add(run);
  }

  /** Under which number Redis knows the blocked connection; a new one after each reconnect. */
  private async learnOwnName(): Promise<void> {
    try {
      this.blockedAs = await this.blocking.client('ID');
    } catch {
      this.blockedAs = undefined;
    }
  }
}
