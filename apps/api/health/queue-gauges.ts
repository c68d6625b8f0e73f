/** Gauges that are read from Redis at each scrape: depth and oldest age of every lane that this process has met. */
import type { Metrics } from '@invoq/host/metrics';
import { LANES } from '@invoq/policy/lanes';
import type { FunctionStore } from '@invoq/store/function-store';
import type { InvocationStore } from '@invoq/store/invocation-store';
import type { Waiters } from '../invocations/waiters';

export class QueueGauges {
  constructor(
    private readonly store: InvocationStore,
    private readonly functions: FunctionStore,
    private readonly waiters: Waiters,
    private readonly partitions: number,
  ) {}

  attachTo(metrics: Metrics): void {
    metrics.onScrape(() => metrics.waiters.set(this.waiters.size));
    metrics.onScrape(() => this.readLanes(metrics));
  }

  private async readLanes(metrics: Metrics): Promise<void> {
    const queues = await this.functions.queues();
    const lanes = queues.flatMap((queue) => LANES.map((lane) => ({ queue, lane })));
    const everywhere = Array.from({ length: this.partitions }, (_, partition) => partition);
    await Promise.all(
      lanes.flatMap((place) =>
        everywhere.map(async (partition) => {
          const { depth, oldestMs } = await this.store.depth(partition, place);
          const labels = { ...place, partition: String(partition) };
          metrics.queueDepth.set(labels, depth);
          metrics.queueOldestAge.set(labels, oldestMs / 1_000);
        }),
      ),
    );
  }
}
