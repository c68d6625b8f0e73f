/**
 * Counts the calls whose ends this process writes, in memory, and now and then adds that to what the whole fleet has counted.
 * A call pays for a few additions; it goes to Redis together with hundreds of others. A process that is killed takes what it had not
 * written with it.
 */
import type { Redis } from 'ioredis';
import { type Cell, MAX_FUNCTIONS, Tallies } from '@invoq/policy/stats/tallies';
import type { EndedCall } from '@invoq/policy/stats/tally';
import { timeAt } from '../scripts/clock';
import { statsPrefix, statsWrittenKey } from '../keys/keys';
import { PeriodicTask } from '../background/periodic-task';
import { type ScriptedRedis, withScripts } from '../scripts/scripts';

export interface StatsWriterOptions {
  /** Names this process. */
  who: string;
  /** How often something is written, when there is something, ms. */
  everyMs: number;
  onError(error: unknown): void;
}

/** Tallies in one script: Redis serves others in between. */
const BATCH = 60;
/** How long a batch is known to have been written, ms: as long as it may be tried again. */
const KNOWN_MS = 3_600_000;
/** An answer that took longer says too little of the time, ms. */
const PROMPT_MS = 1_000;

interface Batch {
  number: number;
  cells: Cell[];
}

export class StatsWriter {
  private readonly redis: ScriptedRedis;
  private readonly task: PeriodicTask;
  private readonly tallies = new Tallies();
  private readonly pending: Batch[] = [];
  private lastNumber = 0;
  /** By how much the clock of Redis is ahead of ours, ms; undefined: not asked yet. */
  private aheadMs: number | undefined;
  private last: Promise<void> = Promise.resolve();

  constructor(
    redis: Redis,
    private readonly options: StatsWriterOptions,
  ) {
    this.redis = withScripts(redis);
    const { everyMs, onError } = options;
    // Not all processes of a fleet that was started at once write at once.
    this.task = new PeriodicTask(() => this.write(), { everyMs, firstMs: Math.random() * everyMs, onError });
  }

  start(): void {
    this.task.start();
  }

  /** By whoever wrote its end, once. */
  readonly count = (call: EndedCall): void => {
    this.tallies.add(call, ours() + (this.aheadMs ?? 0));
  };

  /** No more rounds; what is left is written, if Redis takes it. */
  async end(): Promise<void> {
    this.task.stop();
    await this.write();
  }

  private write(): Promise<void> {
    // One after another: numbers of batches only grow.
    const next = this.last.then(() => this.writeAll());
    this.last = next.catch(() => undefined);
    return next;
  }

  private async writeAll(): Promise<void> {
    if (this.aheadMs === undefined) await this.learnTime();
    // What could not be written before goes first, by the numbers that it had.
    await this.sendPending();
    const cells = this.tallies.take();
    for (let at = 0; at < cells.length; at += BATCH)
      this.pending.push({ number: ++this.lastNumber, cells: cells.slice(at, at + BATCH) });
    await this.sendPending();
  }

  private async sendPending(): Promise<void> {
    while (this.pending.length > 0) {
      await this.send(this.pending[0]);
      this.pending.shift();
    }
  }

  private async send({ number, cells }: Batch): Promise<void> {
    const tallies = cells.map(({ tally, ...cell }) => ({ ...cell, text: JSON.stringify(tally) }));
    const args = { batch: number, knownMs: KNOWN_MS, prefix: statsPrefix(), most: MAX_FUNCTIONS, tallies };
    const askedAt = ours();
    const now = await this.redis.invoqTally({ keys: { written: statsWrittenKey(this.options.who) }, args });
    this.learn(Number(now), askedAt);
  }

  private async learnTime(): Promise<void> {
    const askedAt = ours();
    this.learn(await timeAt(this.redis, statsPrefix()), askedAt);
  }

  private learn(now: number, askedAt: number): void {
    const answeredAt = ours();
    if (answeredAt - askedAt <= PROMPT_MS) this.aheadMs = now - (askedAt + answeredAt) / 2;
  }
}

/** It never jumps, ms since the epoch. */
function ours(): number {
  return performance.timeOrigin + performance.now();
}
