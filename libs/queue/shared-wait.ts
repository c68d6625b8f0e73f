/**
 * One blocking connection that waits for all lanes in which it is quiet, each with a key of its own. A lane that was rung
 * for goes on by itself, and comes back when it is quiet again. So an idle worker has one wait under way, however many
 * lanes and partitions there are. Not for a Redis Cluster, whose keys are on several nodes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { LiveMap } from '@invoq/live/live-map';
import { blockingConnection, untilReady } from './blocking-connection';

export interface SharedWaitOptions {
  /** Waits until there is something under one of the keys, for `seconds` at most, takes it, and answers under which. */
  block(redis: Redis, keys: string[], seconds: number): Promise<string | undefined>;
  /** Puts back what was taken for a lane that does not wait any more. */
  putBack(redis: Redis, key: string): Promise<unknown>;
  onError(error: Error): void;
}

/** How long one wait lasts, s: less than the silence after which a connection is given up. */
const BLOCK_S = 10;
/** A wait that is to end may not have come to Redis yet: it is asked again after so long, ms. */
const AGAIN_MS = 5;
/** After a fault of Redis, before the next wait, ms. */
const PAUSE_MS = 200;

export class SharedWait {
  private readonly blocking: Redis;
  /** Under which number Redis knows the blocking connection; a new one after each reconnect. */
  private clientID: number | undefined;
  private readonly waiting = new LiveMap<string, (rung: boolean) => void>();
  /** Those that are to come back from the round under way, rung for or not. */
  private readonly leaving = new Set<string>();
  private running: Promise<void> | undefined;
  private unblocking: Promise<void> | undefined;
  private isBlocked = false;
  /** The round under way was begun without somebody who waits now, or with somebody who is to leave. */
  private isOutdated = false;
  private isClosed = false;
  /** Ends the round under way: its connection broke. */
  private broken: () => void = () => undefined;

  constructor(
    private readonly redis: Redis,
    private readonly options: SharedWaitOptions,
  ) {
    this.blocking = blockingConnection(redis);
    this.blocking.on('close', () => {
      this.clientID = undefined;
      this.broken();
    });
    this.blocking.on('ready', () => {
      this.blocking.client('ID').then(
        (id) => (this.clientID = id),
        () => undefined,
      );
    });
  }

  /** Resolves with true when it rang under this key; with false when it may have, or after `leave`. */
  wait(key: string): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.isClosed) return resolve(false);
      this.leaving.delete(key);
      this.waiting.set(key, resolve);
      this.running ??= this.run().finally(() => (this.running = undefined));
      this.beginAnew();
    });
  }

  /** The wait for this key comes back, as soon as it is known whether it rang. */
  leave(key: string): void {
    if (!this.waiting.has(key)) return;
    this.leaving.add(key);
    this.beginAnew();
  }

  close(): void {
    this.isClosed = true;
    this.blocking.disconnect();
    this.releaseAll();
  }

  private async run(): Promise<void> {
    while (this.waiting.size > 0 && !this.isClosed) {
      // Those that come in the same turn go into one round.
      await new Promise((resolve) => setImmediate(resolve));
      try {
        await this.oneRound();
      } catch (error) {
        // Whether it had rung by then nobody knows.
        this.releaseAll();
        if (!this.isClosed && this.blocking.status === 'ready') this.options.onError(error as Error);
        await sleep(PAUSE_MS, undefined, { ref: false });
      }
    }
  }

  private async oneRound(): Promise<void> {
    await untilReady(this.blocking);
    if (this.isClosed) return;
    const broke = new Promise<never>((_, reject) => {
      this.broken = () => reject(new Error('the connection of a wait was closed'));
    });
    [this.isBlocked, this.isOutdated] = [true, this.leaving.size > 0];
    const asked = this.options.block(this.blocking, this.waiting.keys(), BLOCK_S);
    if (this.isOutdated) this.beginAnew();
    const key = await Promise.race([asked, broke]).finally(() => {
      this.isBlocked = false;
      this.broken = () => undefined;
    });
    if (key !== undefined && this.waiting.has(key)) this.resolve(key, true);
    else if (key !== undefined) await this.options.putBack(this.redis, key);
    for (const left of this.leaving) this.resolve(left, false);
  }

  private resolve(key: string, rung: boolean): void {
    this.leaving.delete(key);
    const resolve = this.waiting.get(key);
    this.waiting.delete(key);
    resolve?.(rung);
  }

  private releaseAll(): void {
    for (const key of this.waiting.keys()) this.resolve(key, false);
  }

  /** The next round has other keys than the one under way, which ends now. */
  private beginAnew(): void {
    if (!this.isBlocked) return;
    this.isOutdated = true;
    this.unblocking ??= this.unblock()
      .catch(this.options.onError)
      .finally(() => (this.unblocking = undefined));
  }

  private async unblock(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.isBlocked && this.isOutdated && !this.isClosed) {
      if (this.clientID !== undefined) await this.redis.client('UNBLOCK', this.clientID);
      // Unless the wait had not come to Redis yet.
      await sleep(AGAIN_MS, undefined, { ref: false });
    }
  }
}
