/** The bell of a lane: a list on which idle workers of one kind wait until a call can be taken; see `libs/store/ready-queue/serves.lua`. */
import type { Redis } from 'ioredis';
import { blockingConnection, untilReady } from './blocking-connection';
import { settledWithin } from './lane-consumer';
import type { SharedWait, SharedWaitOptions } from './shared-wait';

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
/** A bell that has not rung here for so long is waited for together with others, ms. */
const QUIET_MS = 10_000;

/** How bells that are quiet are waited for together. */
export const QUIET_BELLS: Omit<SharedWaitOptions, 'onError'> = {
  block: async (redis, keys, seconds) => {
    const reply = (await redis.call('blmpop', seconds, keys.length, ...keys, 'LEFT', 'COUNT', 1)) as [string] | null;
    return reply?.[0];
  },
  putBack: (redis, key) => redis.rpush(key, 1),
};

/** What ended a wait: so many rings, or what stood in the list that was waited for beside the bell. */
export interface Rung {
  tokens: number;
  texts: string[];
  /** The connection broke: what it was sent last may be lost. */
  isBroken?: boolean;
}

export class Bell {
  /** A connection of its own, once it rings often: blocked most of the time, so it can do nothing else. */
  private blocking: Redis | undefined;
  private blockedAs: number | undefined;
  /** Ends the wait under way: its connection broke, and whether it had rung by then nobody knows. */
  private broken: (() => void) | undefined;
  private readonly blockS: number;
  /** How long it takes at most until a wait that was interrupted is over, ms. */
  readonly unblockMs: number;
  private rungAt = -Infinity;
  /** The key under which it is waited for together with others. */
  private sharedKey: string | undefined;

  /** `quiet`: where quiet bells are waited for together; undefined: each is waited for by itself. */
  constructor(
    private readonly redis: Redis,
    private readonly quiet?: SharedWait,
  ) {
    this.blockS = redis.isCluster ? CLUSTER_BLOCK_S : BLOCK_S;
    this.unblockMs = redis.isCluster ? CLUSTER_UNBLOCK_MS : UNBLOCK_MS;
  }

  async connect(): Promise<void> {
    if (this.quiet) return;
    await this.learnOwnName(this.open());
  }

  /** Does a wait that is under way, or begins now, hear of the other list? */
  get hearsList(): boolean {
    return !this.waitsTogether && !(this.quiet && this.isQuiet);
  }

  /**
   * Resolves when it rings, with no more than `most` tokens; with none when it did not ring for a while, or may have rung
   * unheard. `list`: another list that is waited for, unless it is quiet here.
   */
  async wait(key: string, most: number, list?: string): Promise<Rung> {
    const rung = await (this.quiet && this.isQuiet
      ? this.waitTogether(key, this.quiet)
      : this.waitAlone(key, most, list));
    if (rung.tokens > 0 || rung.texts.length > 0) {
      this.rungAt = performance.now();
      this.open();
    }
    return rung;
  }

  /** The wait under way comes back at once. Without Redis it would not. */
  async interrupt(): Promise<void> {
    if (this.sharedKey !== undefined) this.quiet?.leave(this.sharedKey);
    else if (this.blockedAs !== undefined)
      await settledWithin(this.redis.client('UNBLOCK', this.blockedAs), this.unblockMs);
  }

  get waitsTogether(): boolean {
    return this.sharedKey !== undefined;
  }

  close(): void {
    this.blocking?.disconnect();
  }

  private get isQuiet(): boolean {
    return this.blocking?.status !== 'ready' || performance.now() - this.rungAt > QUIET_MS;
  }

  private async waitTogether(key: string, quiet: SharedWait): Promise<Rung> {
    this.sharedKey = key;
    try {
      return { tokens: (await quiet.wait(key)) ? 1 : 0, texts: [] };
    } finally {
      this.sharedKey = undefined;
    }
  }

  private async waitAlone(key: string, most: number, list?: string): Promise<Rung> {
    const blocking = this.open();
    await untilReady(blocking);
    const broken = new Promise<'broken'>((resolve) => (this.broken = () => resolve('broken')));
    // What is dispatched has been started, so it comes first.
    const keys = list === undefined ? [key] : [list, key];
    const asked = blocking.call('blmpop', this.blockS, keys.length, ...keys, 'LEFT', 'COUNT', most) as Promise<
      [key: string, texts: string[]] | null
    >;
    const reply = await Promise.race([asked, broken]).finally(() => (this.broken = undefined));
    if (reply === 'broken') return { tokens: 0, texts: [], isBroken: true };
    if (reply === null) return { tokens: 0, texts: [] };
    const [from, texts] = reply;
    return from === list ? { tokens: 0, texts } : { tokens: texts.length, texts: [] };
  }

  private open(): Redis {
    if (this.blocking) return this.blocking;
    const blocking = blockingConnection(this.redis);
    blocking.on('ready', () => void this.learnOwnName(blocking));
    blocking.on('close', () => this.broken?.());
    this.blocking = blocking;
    return blocking;
  }

  /** Under which number Redis knows the blocked connection; a new one after each reconnect. */
  private async learnOwnName(blocking: Redis): Promise<void> {
    if (this.redis.isCluster) return;
    try {
      this.blockedAs = await blocking.client('ID');
    } catch {
      this.blockedAs = undefined;
    }
  }
}
