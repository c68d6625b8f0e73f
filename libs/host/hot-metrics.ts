/**
 * The metrics that each call and each request changes: counters and histograms of Prometheus. They are counted by hand, as
 * prom-client checks and writes the labels of each value, which took 2 µs of every request and 10 of every call.
 */
import type { Metric, Registry } from 'prom-client';

/** A metric as `METRICS` has it. */
export interface Described {
  name: string;
  help: string;
  labels: readonly string[];
}

interface Value {
  labels: Record<string, string | number>;
  value: number;
  metricName?: string;
  /** Written behind those of the process, as prom-client does for a histogram. */
  sharedLabels?: Record<string, string>;
}

/** What is kept for each combination of labels. */
class Series<T> {
  /** One level for each label but the last. */
  private readonly first = new Map<string, unknown>();

  constructor(
    private readonly labels: readonly string[],
    private readonly begin: () => T,
  ) {}

  /** `values`: one for each label, in their order. */
  of(values: readonly string[]): T {
    let level = this.first;
    for (let n = 0; n < values.length - 1; n++) {
      let next = level.get(values[n]) as Map<string, unknown> | undefined;
      if (next === undefined) level.set(values[n], (next = new Map<string, unknown>()));
      level = next;
    }
    const last = values[values.length - 1];
    let series = level.get(last) as T | undefined;
    if (series === undefined) level.set(last, (series = this.begin()));
    return series;
  }

  all(): { labels: Record<string, string>; of: T }[] {
    const walk = (level: Map<string, unknown>, values: string[]): { labels: Record<string, string>; of: T }[] =>
      [...level].flatMap(([value, below]) => {
        const known = [...values, value];
        if (known.length < this.labels.length) return walk(below as Map<string, unknown>, known);
        return [{ labels: Object.fromEntries(this.labels.map((label, n) => [label, known[n]])), of: below as T }];
      });
    return walk(this.first, []);
  }
}

export class HotCounter {
  private readonly series: Series<{ value: number }>;

  constructor(private readonly described: Described) {
    this.series = new Series(described.labels, () => ({ value: 0 }));
  }

  /** `values`: one for each label, in the order of the table. */
  inc(...values: string[]): void {
    this.series.of(values).value++;
  }

  registerIn(registry: Registry): void {
    register(registry, this.described, 'counter', () =>
      this.series.all().map(({ labels, of: { value } }) => ({ labels, value })),
    );
  }
}

export class HotHistogram {
  /** By the place of their bucket; the last is for what is beyond all of them. */
  private readonly series: Series<{ counts: number[]; sum: number }>;

  /** `buckets`: seconds. */
  constructor(
    private readonly described: Described,
    private readonly buckets: readonly number[],
  ) {
    this.series = new Series(described.labels, () => ({ counts: [...buckets, Infinity].map(() => 0), sum: 0 }));
  }

  /** `values`: one for each label, in the order of the table. */
  observe(seconds: number, ...values: string[]): void {
    const series = this.series.of(values);
    series.sum += seconds;
    let bucket = 0;
    while (bucket < this.buckets.length && seconds > this.buckets[bucket]) bucket++;
    series.counts[bucket]++;
  }

  registerIn(registry: Registry): void {
    register(registry, this.described, 'histogram', () => this.values());
  }

  private values(): Value[] {
    const { name } = this.described;
    return this.series.all().flatMap(({ labels: sharedLabels, of: { counts, sum } }) => {
      let count = 0;
      const values: Value[] = counts.map((each, i) => {
        count += each;
        return { labels: { le: this.buckets[i] ?? '+Inf' }, value: count, metricName: `${name}_bucket`, sharedLabels };
      });
      values.push({ labels: {}, value: sum, metricName: `${name}_sum`, sharedLabels });
      values.push({ labels: {}, value: count, metricName: `${name}_count`, sharedLabels });
      return values;
    });
  }
}

/** prom-client asks no more of a metric than this, whatever its types say. */
function register(registry: Registry, { name, help }: Described, type: string, values: () => Value[]): void {
  const metric = { name, help, type, get: () => Promise.resolve({ name, help, type, values: values() }) };
  registry.registerMetric(metric as unknown as Metric);
}
