/**
 * A lane carried by BullMQ. Its jobs are tickets: each brings an idle slot, which stays while anybody waits; who is next is
 * said by the waiting line.
 */
import { Worker } from 'bullmq';
import { bullName } from './bull-queue';
import { type LaneConsumer, type LaneConsumerOptions, settledWithin } from './lane-consumer';
import { LaneSlots } from './lane-slots';

const RETRY_MS = 500;
/** Tickets may get lost, or be too few for all slots there are: those without work look into the line this often, ms. */
const LOOK_MS = 1_000;
/** A delivery that is under way when the lane is paused comes within this time, or not at all, ms. */
const QUIET_MS = 2_000;

export class BullConsumer implements LaneConsumer {
  private readonly worker: Worker;
  private readonly slots: LaneSlots;
  private stopped = false;
  private drained = false;
  private timer: NodeJS.Timeout | undefined;
  /** One at a time: while Redis is away they would pile up, and each come back with a call. */
  private looking: Promise<void> | undefined;

  constructor(private readonly options: LaneConsumerOptions) {
    this.slots = new LaneSlots(options.slots);
    this.worker = new Worker(bullName(options.address), () => this.brought(), {
      connection: options.redis,
      prefix: options.tag,
      concurrency: options.slots,
      autorun: false,
      lockDuration: options.lockMs,
      stalledInterval: options.lockMs / 3,
      // The record counts the starts. BullMQ only has to deliver, as often as it takes.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      drainDelay: 5,
      // After an error of Redis' own, such as READONLY in a failover. BullMQ would sleep for 15 s by default, long after
      // there is a primary again.
      runRetryDelay: RETRY_MS,
    });
    this.worker.on('error', options.onFault);
    // An attempt ends as a value; what it throws is a fault of ours, and the sweeper sees to its record.
    this.worker.on('failed', (_job, error) => options.onFault(error));
  }

  async start(): Promise<void> {
    await this.worker.waitUntilReady();
    // run() resolves when the worker is closed; its faults come as 'error' events.
    this.worker.run().catch(this.options.onFault);
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /**
   * BullMQ's loop is waited for too: a delivery that was under way when the lane was paused is an attempt like the rest.
   * Without Redis it would not come, and BullMQ's pause would hang; with a silent one it hangs until it has its time.
   */
  async drain(ms: number): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    const paused = this.worker.pause().catch(() => undefined);
    const quiet = this.options.redis.status === 'ready' ? paused.then(() => this.looking) : Promise.resolve();
    const endsAt = Date.now() + ms;
    await settledWithin(quiet, Math.min(ms, QUIET_MS));
    await settledWithin(this.slots.allFree(), Math.max(0, endsAt - Date.now()));
    this.drained = true;
  }

  async close(ms: number): Promise<void> {
    await settledWithin(this.worker.close(true), ms);
  }

  private async brought(): Promise<void> {
    // Too late for this worker, and not taken yet: the sweeper has another ticket made for it.
    if (this.drained) return;
    // A look was quicker: every slot is at work, and stays while anybody waits.
    if (this.slots.free <= 0) return;
    await this.slots.hold(this.serveNext());
  }

  private look(): void {
    this.looking ??= this.serveWhoWaits()
      .catch(this.options.onFault)
      .finally(() => (this.looking = undefined));
  }

  /** Who waits though there is a slot: it is served, and whoever comes after it. */
  private async serveWhoWaits(): Promise<void> {
    while (!this.stopped && this.slots.free > 0) {
      const requestID = await this.options.next(false);
      // Too late for this worker: the sweeper puts it back into the line.
      if (requestID === undefined || this.drained) return;
      this.slots.hold(this.serve(requestID)).catch(this.options.onFault);
    }
  }

  /** More tickets than calls do no harm: one was cancelled, or another slot has it. */
  private async serveNext(): Promise<void> {
    const requestID = await this.options.next(true);
    if (requestID !== undefined) await this.serve(requestID);
  }

  private serve(requestID: string): Promise<void> {
    return this.options.serve(requestID, () => !this.stopped);
  }
}
