/**
 * A lane carried by BullMQ. Its jobs are tickets: each brings an idle slot, which stays while anybody waits; who is next is
 * said by the waiting lines. A ticket may come to a worker that serves none of those who wait, or get lost: then the bell of
 * those who serve them is rung, so this consumer waits for its bell, too.
 */
import { Worker } from 'bullmq';
import { bullName } from './bull-queue';
import { type LaneConsumer, type LaneConsumerOptions, settledWithin } from './lane-consumer';
import { LaneSlots } from './lane-slots';
import { ReadyQueueConsumer } from './ready-queue-consumer';

const RETRY_MS = 500;
/** A delivery that is under way when the lane is paused comes within this time, or not at all, ms. */
const QUIET_MS = 2_000;

export class BullConsumer implements LaneConsumer {
  private readonly worker: Worker;
  private readonly slots: LaneSlots;
  private readonly line: ReadyQueueConsumer;
  private drained = false;

  constructor(private readonly options: LaneConsumerOptions) {
    this.slots = new LaneSlots(options.slots);
    this.line = new ReadyQueueConsumer(options, this.slots);
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
    this.worker.on('error', options.onError);
    // An attempt ends as a value; what it throws is a fault of ours, and the sweeper sees to its record.
    this.worker.on('failed', (_job, error) => options.onError(error));
  }

  async start(): Promise<void> {
    await this.worker.waitUntilReady();
    // run() resolves when the worker is closed; its faults come as 'error' events.
    this.worker.run().catch(this.options.onError);
    await this.line.start();
  }

  pollNow(): void {
    this.line.pollNow();
  }

  /**
   * BullMQ's loop is waited for too: a delivery that was under way when the lane was paused is an attempt like the rest.
   * Without Redis it would not come, and BullMQ's pause would hang; with a silent one it hangs until it has its time.
   */
  async drain(ms: number): Promise<void> {
    const endsAt = Date.now() + ms;
    const paused = this.worker.pause().catch(() => undefined);
    const lineDrained = this.line.drain(ms);
    if (this.options.redis.status === 'ready') await settledWithin(paused, Math.min(ms, QUIET_MS));
    await lineDrained;
    // What the last ticket brought.
    await settledWithin(this.slots.allFree(), Math.max(0, endsAt - Date.now()));
    this.drained = true;
  }

  async close(ms: number): Promise<void> {
    await Promise.all([settledWithin(this.worker.close(true), ms), this.line.close(ms)]);
  }

  private async brought(): Promise<void> {
    // Too late for this worker: the sweeper rings for whom it was to bring one.
    if (this.drained) return;
    // Every slot is at work, for those that are next. Idle workers that serve what waits are woken.
    if (this.slots.free <= 0) {
      await this.options.take(0, true);
      return;
    }
    await this.slots.hold(this.serveNext());
  }

  /** More tickets than calls do no harm: one was cancelled, or another slot has it. */
  private async serveNext(): Promise<void> {
    const { calls, more } = await this.options.take(1, true);
    if (more && calls.length === 0) this.line.pollNow();
    await Promise.all(calls.map((call) => this.line.serve(call)));
  }
}
