/**
 * Requests by route, method and status, and how long they took: a counter and a histogram of Prometheus. Each request is
 * counted, so it is done by hand: prom-client checks and writes the labels of each value, which took 2 µs of every request.
 */
import type { Metric, Registry } from 'prom-client';

/** Name and text of a metric, as `METRICS` has them. */
export interface Described {
  name: string;
  help: string;
}

interface Value {
  labels: Record<string, string | number>;
  value: number;
  metricName?: string;
  /** Written behind those of the process, as prom-client does for a histogram. */
  sharedLabels?: Record<string, string>;
}

/** All requests of one method to one route. */
interface Series {
  labels: { method: string; route: string };
  /** By the place of their bucket; the last is for what is beyond all of them. */
  counts: number[];
  sum: number;
  byStatus: Map<number, number>;
}

export class RequestTimes {
  private readonly byRoute = new Map<string, Map<string, Series>>();

  /** `buckets`: seconds. */
  constructor(
    private readonly counter: Described,
    private readonly histogram: Described,
    private readonly buckets: readonly number[],
  ) {}

  registerIn(registry: Registry): void {
    register(registry, this.counter, 'counter', () => this.counted());
    register(registry, this.histogram, 'histogram', () => this.timed());
  }

  answered(method: string, route: string, status: number, seconds: number): void {
    const series = this.byRoute.get(route)?.get(method) ?? this.begin(method, route);
    series.byStatus.set(status, (series.byStatus.get(status) ?? 0) + 1);
    series.sum += seconds;
    let bucket = 0;
    while (bucket < this.buckets.length && seconds > this.buckets[bucket]) bucket++;
    series.counts[bucket]++;
  }

  private begin(method: string, route: string): Series {
    const byMethod = this.byRoute.get(route) ?? new Map<string, Series>();
    const counts = Array.from({ length: this.buckets.length + 1 }, () => 0);
    const series: Series = { labels: { method, route }, counts, sum: 0, byStatus: new Map() };
    this.byRoute.set(route, byMethod.set(method, series));
    return series;
  }

  private all(): Series[] {
    return [...this.byRoute.values()].flatMap((byMethod) => [...byMethod.values()]);
  }

  private counted(): Value[] {
    return this.all().flatMap(({ labels, byStatus }) =>
      [...byStatus].map(([status, value]) => ({ labels: { ...labels, status: String(status) }, value })),
    );
  }

  private timed(): Value[] {
    const { name } = this.histogram;
    return this.all().flatMap(({ labels: sharedLabels, counts, sum }) => {
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
