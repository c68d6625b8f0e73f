/** A lane carried by BullMQ. */
import { Worker } from 'bullmq';
import { bullName, bullPrefix } from './bull-queue';
import { type LaneConsumer, type LaneConsumerOptions, settledWithin } from './lane-consumer';

export class BullConsumer implements LaneConsumer {
  private readonly worker: Worker;
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly options: LaneConsumerOptions) {
    this.worker = new Worker(bullName(options.address), (job) => this.counted(job.id!), {
      connection: options.redis,
      prefix: bullPrefix(options.address),
      concurrency: options.slots,
      autorun: false,
      lockDuration: options.lockMs,
      stalledInterval: options.lockMs / 3,
      // The record counts the starts. BullMQ only has to deliver, as often as it takes.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      drainDelay: 5,
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

  /** What runs is counted here: BullMQ's own pause and close hang while Redis is away. */
  async drain(ms: number): Promise<void> {
    this.worker.pause(true).catch(() => undefined);
    await settledWithin(Promise.all(this.running), ms);
  }

  async close(ms: number): Promise<void> {
    await settledWithin(this.worker.close(true), ms);
  }

  private async counted(requestID: string): Promise<void> {
    const run = this.options.take(requestID);
    this.running.add(run);
    await run.finally(() => this.running.delete(run));
  }
}
