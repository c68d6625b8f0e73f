/** Gauges of functions that limit how many of their calls run: read from Redis at each scrape, the same on every worker. */
import type { Catalog } from '@invoq/functions/catalog';
import type { Metrics } from '@invoq/host/metrics';
import type { RecordReader } from '@invoq/store/record-reader';
import { partitionOfFunction } from '@invoq/store/partition';

export class LimitGauges {
  constructor(
    private readonly reader: RecordReader,
    private readonly catalog: Catalog,
    private readonly partitions: number,
  ) {}

  attachTo(metrics: Metrics): void {
    metrics.onScrape(async () => {
      await Promise.all(
        this.catalog.specs().map(async ({ env, name, concurrency }) => {
          if (concurrency === undefined) return;
          const labels = { function: name, env };
          metrics.functionConcurrency.set(labels, concurrency);
          const partition = partitionOfFunction(env, name, this.partitions);
          metrics.functionRunning.set(labels, await this.reader.running(partition, env, name));
        }),
      );
    });
  }
}
