/** A lane carried by BullMQ. Its jobs are tickets: each brings a slot, and the waiting line says who is next. */
import { Worker } from 'bullmq';
import { bullName, bullPrefix } from './bull-queue';
import { type LaneConsumer, type LaneConsumerOptions, settledWithin } from './lane-consumer';

const RETRY_MS = 500;

export class BullConsumer implements LaneConsumer {
  private readonly worker: Worker;
  private readonly running = new Set<Promise<void>>();
  private drained = false;

  constructor(private readonly options: LaneConsumerOptions) {
    this.worker = new Worker(bullName(options.address), () => this.counted(), {
      connection: options.redis,
      prefix: bullPrefix(options.address),
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
  }

  /**
   * BullMQ's loop is waited for too: a delivery that was under way when the lane was paused is an attempt like the rest.
   * Without Redis it would not come, and BullMQ's pause would hang.
   */
  async drain(ms: number): Promise<void> {
    const paused = this.worker.pause().catch(() => undefined);
    const quiet = this.options.redis.status === 'ready' ? paused : Promise.resolve();
    await settledWithin(
      quiet.then(() => Promise.all(this.running)),
      ms,
    );
    this.drained = true;
  }

  async close(ms: number): Promise<void> {
    await settledWithin(this.worker.close(true), ms);
  }

  private async counted(): Promise<void> {
    // Too late for this worker, and not taken yet: the sweeper has another ticket made for it.
    if (this.drained) return;
    const run = this.takeNext();
    this.running.add(run);
    await run.finally(() => this.running.delete(run));
  }

  /** More tickets than calls do no harm: one was cancelled, or another ticket brought it. */
  private async takeNext(): Promise<void> {
    const requestID = await this.options.next();
    if (requestID !== undefined) await this.options.take(requestID);
  }
}
