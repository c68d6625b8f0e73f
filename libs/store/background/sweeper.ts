/**
 * Handles every open invocation whose check is due: adds a job that is missing, expires what is too old, and declares dead
 * the workers that no longer renew. One process of the fleet, the first, looks all the time; the others look now and then
 * for what is overdue. Who finds something takes the lead of that partition and keeps it while there is something to do; it
 * checks a bounded batch each pass.
 */
import type { Redis } from 'ioredis';
import { untilReady } from '../connection/connection';
import type { Activity } from './activity';
import { DueIndex } from './due-index';
import { DuePartitions } from './due-partitions';
import { openKey } from '../keys/keys';
import type { FunctionRef } from '../keys/lane-ref';
import { PeriodicTask } from './periodic-task';
import type { OnEnd } from '../stats/ended';

export interface SweeperOptions {
  /** Names this process among those that could lead. */
  who: string;
  partitions: number;
  activity: Activity;
  /** Does this process come first among those that could lead? Asked each time. */
  isFirst?: () => boolean;
  /** Adds the job of an invocation to its lane; adding one that is there does no harm. */
  enqueue(requestID: string, place: FunctionRef & { attempt: number }): Promise<void>;
  /** Called for each call that a check has ended. */
  onEnded?: (requestID: string) => void;
  /** Counts each call that a check has ended. */
  count?: OnEnd;
  onError(error: unknown): void;
}

/** Also what waits for its time (a retry, a delay) is found by these checks: it starts as much later, ms. */
const SWEEP_MS = 200;
/** Where nothing happens and nothing is due, notes of activity are read so often, ms. */
const IDLE_MS = 250;
/** Who does not come first looks this often, ms: where nothing happens, and while something does. */
const OTHERS_IDLE_MS = 1_000;
const OTHERS_MS = 500;
/** It leaves what is not overdue by so much to who does come first, ms. */
const LEFT_MS = 300;
/** A leader that died is missed for so long, ms: recovery waits for it, so it is shorter than a lease. */
const LEAD_MS = 3_000;
/** Who leads says so again after this time, ms: two thirds of its lead are left then. */
const RENEW_MS = 1_000;
/** So many checks at once: Redis serves others in between. */
const BATCH = 50;
/** Of a record that is gone (retention, a flushed database): any place will do to clear its traces. */
const NOWHERE: FunctionRef & { attempt: number } = {
  queue: 'default',
  lane: 'async',
  env: '',
  function: '',
  attempt: 0,
};
const UNREAD = 'this release cannot read its record, which stays as it is';
/** The most batches in one pass of one partition. */
const MAX_BATCHES = 100;

export class Sweeper {
  private readonly task: PeriodicTask;
  private readonly open: DueIndex;
  /** When this process last asked for the lead of a partition and got it, of `performance.now()`. */
  private readonly ledSince = new Map<number, number>();
  private readonly due: DuePartitions;

  constructor(
    private readonly redis: Redis,
    private readonly options: SweeperOptions,
  ) {
    this.open = new DueIndex(redis, options.count);
    const { onError, partitions, activity } = options;
    this.due = new DuePartitions(redis, activity, {
      partitions,
      dueIn: (partition) => this.open.dueIn(partition),
      keyOf: openKey,
    });
    this.task = new PeriodicTask(() => this.pass(), { everyMs: OTHERS_IDLE_MS, firstMs: 0, onError });
  }

  start(): void {
    this.task.start();
  }

  /** Ends within the current pass, whose every command has an end on a connection that is torn down. */
  stop(): void {
    this.task.stop();
  }

  /** Checks everything due in all partitions; answers whether this process leads any. */
  private async sweepOnce(): Promise<boolean> {
    let leads = false;
    const faults: unknown[] = [];
    for (let partition = 0; partition < this.options.partitions && !this.task.isOver; partition++) {
      if (!this.due.has(partition)) continue;
      try {
        leads = (await this.sweepPartition(partition)) || leads;
        await this.due.checked(partition);
      } catch (fault) {
        // Of a Redis Cluster one node may be away: the partitions of the others are looked after all the same.
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
    return leads;
  }

  private async sweepPartition(partition: number): Promise<boolean> {
    for (let batch = 0; batch < MAX_BATCHES && !this.task.isOver; batch++) {
      const due = await this.open.due(partition, BATCH, this.isAhead(partition) ? 0 : LEFT_MS);
      if (due.length === 0) break;
      if (!(await this.leads(partition))) return false;
      await this.sweepAll(due);
      if (due.length < BATCH) break;
    }
    return this.ledSince.has(partition);
  }

  /** Is it this process that looks as soon as something is due? */
  private isAhead(partition: number): boolean {
    return (this.options.isFirst?.() ?? true) || this.hasLed(partition, LEAD_MS);
  }

  private hasLed(partition: number, withinMs: number): boolean {
    if (performance.now() - (this.ledSince.get(partition) ?? -Infinity) < withinMs) return true;
    if (withinMs >= LEAD_MS) this.ledSince.delete(partition);
    return false;
  }

  private async leads(partition: number): Promise<boolean> {
    if (this.hasLed(partition, RENEW_MS)) return true;
    const askedAt = performance.now();
    const leads = await this.open.lead(partition, this.options.who, LEAD_MS);
    if (leads) this.ledSince.set(partition, askedAt);
    else this.ledSince.delete(partition);
    return leads;
  }

  /** A check that fails stops no other; the first fault is thrown when all are done. */
  private async sweepAll(requestIDs: string[]): Promise<void> {
    const results = await Promise.allSettled(requestIDs.map((requestID) => this.sweepOne(requestID)));
    const failed = results.find((sweepOne) => sweepOne.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Checks one call now, whoever leads: it is due, and need not wait for the next pass. */
  async sweepOne(requestID: string): Promise<void> {
    const place = (await this.open.homeOf(requestID)) ?? NOWHERE;
    const result = await this.open.check(requestID, place);
    if (result === 'enqueue') await this.options.enqueue(requestID, place);
    if (result === 'ended') this.options.onEnded?.(requestID);
    if (result === 'unread') this.options.onError(new Error(`${requestID}: ${UNREAD}`));
  }

  /** One pass; ms until the next. */
  private async pass(): Promise<number> {
    await untilReady(this.redis, 1_000);
    await this.options.activity.look();
    this.due.countNowAndThen(this.options.onError);
    const isFirst = this.options.isFirst?.() ?? true;
    const leads = await this.sweepOnce();
    const inMs = this.due.nextInMs();
    if (isFirst || leads) return inMs === 0 ? SWEEP_MS : Math.min(IDLE_MS, inMs);
    return inMs === 0 ? OTHERS_MS : Math.min(OTHERS_IDLE_MS, inMs + LEFT_MS);
  }
}
