/**
 * A lane without a queue of its own: an idle slot takes straight from the waiting line that the record protocol keeps anyway,
 * and stays while anybody waits there. A pop delivers; nothing is acknowledged, since a taken requestID that nobody claimed
 * is put back by the sweeper.
 */
import type { Redis } from 'ioredis';
import { type LaneConsumer, type LaneConsumerOptions, settledWithin } from './lane-consumer';
import { LaneSlots } from './lane-slots';

/** How long one look into an empty line blocks, s: less than the silence after which a connection is given up. */
const BLOCK_S = 5;
/** How long a blocked look is waited for when the lane closes, ms. */
const UNBLOCK_MS = 500;
/**
 * On a Redis Cluster nobody can be unblocked: the command would reach some node, not the one on which the look blocks. So
 * looks are short there, and one is waited for.
 */
const CLUSTER_BLOCK_S = 1;
const CLUSTER_UNBLOCK_MS = 2_000;
/** After a fault of Redis, before the next look, ms. */
const PAUSE_MS = 200;

export class LineConsumer implements LaneConsumer {
  /** Blocked most of the time, so it can do nothing else. */
  private readonly blocking: Redis;
  private readonly slots: LaneSlots;
  private blockedAs: number | undefined;
  private stopped = false;
  private drained = false;
  private looking: Promise<void> | undefined;
  private readonly blockS: number;
  private readonly unblockMs: number;

  /** `line`: the key of the waiting line, a sorted set of requestIDs, the next one first. */
  constructor(
    private readonly options: LaneConsumerOptions,
    private readonly line: string,
  ) {
    const { isCluster } = options.redis;
    this.slots = new LaneSlots(options.slots);
    this.blockS = isCluster ? CLUSTER_BLOCK_S : BLOCK_S;
    this.unblockMs = isCluster ? CLUSTER_UNBLOCK_MS : UNBLOCK_MS;
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
    // The look under way comes back at once, with whatever it took: that is attempted like the rest. Without Redis it
    // would not come back, nor bring anything.
    if (this.blockedAs !== undefined) {
      await settledWithin(this.options.redis.client('UNBLOCK', this.blockedAs), Math.min(ms, this.unblockMs));
    }
    await settledWithin(this.looking ?? Promise.resolve(), Math.min(ms, this.unblockMs));
    await settledWithin(this.slots.allFree(), Math.max(0, endsAt - Date.now()));
    this.drained = true;
  }

  async close(ms: number): Promise<void> {
    await this.drain(Math.min(ms, 0));
    this.blocking.disconnect();
  }

  private async look(): Promise<void> {
    while (!this.stopped) {
      if (this.slots.free <= 0) {
        await this.slots.nextFree();
        continue;
      }
      try {
        for (const requestID of await this.pop(this.slots.free)) this.begin(requestID);
      } catch (error) {
        if (this.stopped) return;
        this.options.onFault(error as Error);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** Those who wait longest, `count` at most; none when nobody came while it blocked. */
  private async pop(count: number): Promise<string[]> {
    const reply = (await this.blocking.call('bzmpop', this.blockS, 1, this.line, 'MIN', 'COUNT', count)) as
      [key: string, taken: [requestID: string, score: unknown][]] | null;
    return reply === null ? [] : reply[1].map(([requestID]) => requestID);
  }

  private begin(requestID: string): void {
    // Too late for this worker, and not claimed yet: the sweeper puts it back into the line.
    if (this.drained) return;
    this.slots.hold(this.options.serve(requestID, () => !this.stopped)).catch(this.options.onFault);
  }

  /** Under which number Redis knows the blocked connection; a new one after each reconnect. */
  private async learnOwnName(): Promise<void> {
    if (this.options.redis.isCluster) return;
    try {
      this.blockedAs = await this.blocking.client('ID');
    } catch {
      this.blockedAs = undefined;
    }
  }
}
