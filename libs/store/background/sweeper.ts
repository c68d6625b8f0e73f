/**
 * Handles every open invocation whose check is due: adds a job that is missing, expires what is too
 * old, and declares dead the workers that no longer renew. A partition has one leader in the whole fleet, and a bounded batch each pass.
 */
import type { Format } from '@invoq/policy/format';
import type { Redis } from 'ioredis';
import { untilReady } from '../connection/connection';
import { DueIndex } from './due-index';
import type { FunctionRef } from '../keys/lane-ref';
import { PeriodicTask } from './periodic-task';
import type { OnEnd } from '../stats/ended';

export interface SweeperOptions {
  /** Names this process among those that could lead. */
  who: string;
  partitions: number;
  /** Adds the job of an invocation to its lane; adding one that is there does no harm. */
  enqueue(requestID: string, place: FunctionRef & { attempt: number }): Promise<void>;
  /** In which format it is to be kept who waits; asked each time. Default: the newest. */
  format?: () => Format;
  /** Called for each call that a check has ended. */
  onEnded?: (requestID: string) => void;
  /** Counts each call that a check has ended. */
  count?: OnEnd;
  onError(error: unknown): void;
}

/** Also what waits for its time (a retry, a delay) is found by these checks: it starts as much later, ms. */
const SWEEP_MS = 200;
/** Who does not lead asks this often whether it does now, ms. */
const ASK_MS = 1_000;
/** A leader that died is missed for so long: recovery waits for it, so it is shorter than a lease. */
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

  constructor(
    private readonly redis: Redis,
    private readonly options: SweeperOptions,
  ) {
    this.open = new DueIndex(redis, options.format, options.count);
    const { onError } = options;
    this.task = new PeriodicTask(() => this.pass(), { everyMs: ASK_MS, firstMs: 0, onError });
  }

  start(): void {
    this.task.start();
  }

  /** Ends within the current pass, whose every command has an end on a connection that is torn down. */
  stop(): void {
    this.task.stop();
  }

  /** Checks everything due in the partitions that this process leads; answers whether it leads any. */
  private async sweepOnce(): Promise<boolean> {
    let leads = false;
    const faults: unknown[] = [];
    for (let partition = 0; partition < this.options.partitions && !this.task.isOver; partition++) {
      try {
        leads = (await this.sweepPartition(partition)) || leads;
      } catch (fault) {
        // Of a Redis Cluster one node may be away: the partitions of the others are looked after all the same.
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
    return leads;
  }

  private async sweepPartition(partition: number): Promise<boolean> {
    let leads = false;
    for (let batch = 0; batch < MAX_BATCHES && !this.task.isOver; batch++) {
      if (!(await this.leads(partition))) break;
      leads = true;
      const due = await this.open.due(partition, BATCH);
      await this.sweepAll(due);
      if (due.length < BATCH) break;
    }
    return leads;
  }

  private async leads(partition: number): Promise<boolean> {
    const askedAt = performance.now();
    if (askedAt - (this.ledSince.get(partition) ?? -Infinity) < RENEW_MS) return true;
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
    return (await this.sweepOnce()) ? SWEEP_MS : ASK_MS;
  }
}
