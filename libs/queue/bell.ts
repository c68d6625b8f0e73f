/** The bell of a lane: a list on which idle workers of one kind wait until a call can be taken; see `libs/store/ready-queue/serves.lua`. */
import type { Redis } from 'ioredis';
import { settledWithin } from './lane-consumer';

/** How long one wait lasts, s: less than the silence after which a connection is given up. */
const BLOCK_S = 5;
/** How long a wait that is to end is waited for, ms. */
const UNBLOCK_MS = 500;
/**
 * On a Redis Cluster nobody can be unblocked: the command would reach some node, not the one on which the wait blocks. So
 * waits are short there, and one is sat out.
 */
const CLUSTER_BLOCK_S = 1;
const CLUSTER_UNBLOCK_MS = 2_000;

export class Bell {
  /** Blocked most of the time, so it can do nothing else. */
  private readonly blocking: Redis;
  private blockedAs: number | undefined;
  /** Ends the wait under way: its connection broke, and whether it had rung by then nobody knows. */
  private broken: (() => void) | undefined;
  private readonly blockS: number;
  /** How long it takes at most until a wait that was interrupted is over, ms. */
  readonly unblockMs: number;

  constructor(private readonly redis: Redis) {
    this.blockS = redis.isCluster ? CLUSTER_BLOCK_S : BLOCK_S;
    this.unblockMs = redis.isCluster ? CLUSTER_UNBLOCK_MS : UNBLOCK_MS;
    // A wait that broke off is not sent again: it would take the next token, and hide one that was lost until it is over.
    this.blocking = redis.isCluster ? redis.duplicate() : redis.duplicate({ autoResendUnfulfilledCommands: false });
    this.blocking.on('error', () => undefined);
    this.blocking.on('ready', () => void this.learnOwnName());
    this.blocking.on('close', () => this.broken?.());
  }

  async connect(): Promise<void> {
    await this.learnOwnName();
  }

  /**
   * Resolves with the number of calls that it rang for, `most` at most; 0 when it did not ring for a while, or when it may
   * have rung unheard.
   */
  async wait(key: string, most: number, seconds = this.blockS): Promise<number> {
    await this.connected();
    const broken = new Promise<null>((resolve) => (this.broken = () => resolve(null)));
    const asked = this.blocking.call('blmpop', seconds, 1, key, 'LEFT', 'COUNT', most) as Promise<
      [key: string, tokens: string[]] | null
    >;
    const reply = await Promise.race([asked, broken]).finally(() => (this.broken = undefined));
    return reply === null ? 0 : reply[1].length;
  }

  /** The wait under way comes back at once. Without Redis it would not. */
  async interrupt(): Promise<void> {
    if (this.blockedAs === undefined) return;
    await settledWithin(this.redis.client('UNBLOCK', this.blockedAs), this.unblockMs);
  }

  close(): void {
    this.blocking.disconnect();
  }

  private async connected(): Promise<void> {
    if (this.redis.isCluster || this.blocking.status === 'ready') return;
    await new Promise<void>((resolve) => this.blocking.once('ready', () => resolve()));
  }

  /** Under which number Redis knows the blocked connection; a new one after each reconnect. */
  private async learnOwnName(): Promise<void> {
    if (this.redis.isCluster) return;
    try {
      this.blockedAs = await this.blocking.client('ID');
    } catch {
      this.blockedAs = undefined;
    }
  }
}
