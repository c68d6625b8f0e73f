/** Gauges that are read from Redis at each scrape: depth and oldest age of every lane, and of the callbacks on their way. */
import type { Metrics } from '@invoq/host/metrics';
import { LANES } from '@invoq/policy/lanes';
import type { FunctionStore } from '@invoq/store/function-store';
import type { RecordReader } from '@invoq/store/record-reader';
import type { Outbox } from '@invoq/store/outbox';
import type { Waiters } from '../invocations/waiters';

export class QueueGauges {
  constructor(
    private readonly reader: RecordReader,
    private readonly functions: FunctionStore,
    private readonly outbox: Outbox,
    private readonly waiters: Waiters,
    private readonly partitions: number,
  ) {}

  attachTo(metrics: Metrics): void {
    metrics.onScrape(() => metrics.waiters.set(this.waiters.size));
    metrics.onScrape(() => this.readLanes(metrics));
    metrics.onScrape(() => this.readOutbox(metrics));
  }

  private async readLanes(metrics: Metrics): Promise<void> {
    const queues = await this.functions.queues();
    const lanes = queues.flatMap((queue) => LANES.map((lane) => ({ queue, lane })));
    await Promise.all(
      lanes.flatMap((place) =>
        this.everywhere().map(async (partition) => {
          const { depth, oldestMs } = await this.reader.depth(partition, place);
          const labels = { ...place, partition: String(partition) };
          metrics.queueDepth.set(labels, depth);
          metrics.queueOldestAge.set(labels, oldestMs / 1_000);
        }),
      ),
    );
  }

  private async readOutbox(metrics: Metrics): Promise<void> {
    await Promise.all(
      this.everywhere().map(async (partition) => {
        const { depth, oldestMs } = await this.outbox.depth(partition);
        metrics.outboxDepth.set({ partition: String(partition) }, depth);
        metrics.outboxOldestAge.set({ partition: String(partition) }, oldestMs / 1_000);
      }),
    );
  }

  private everywhere(): number[] {
    return Array.from({ length: this.partitions }, (_, partition) => partition);
  }
}
