/** The metrics of a process, in Prometheus' text form. The only owner of prom-client. */
import { collectDefaultMetrics, Counter, Gauge, type MetricConfiguration, Registry } from 'prom-client';
import { HotCounter, HotHistogram } from './hot-metrics';
import { isReportedBy, type LabelsOf, type MetricName, type MetricOf, METRICS } from './metric-table';

export interface MetricsOptions {
  /** Stands on each series: `api`, `worker`. */
  app: string;
  /** Memory, event loop, garbage collection and the like; on by default. */
  processMetrics?: boolean;
  /** Different values that one label may take before the rest is counted as `other`. */
  maxLabelValues?: number;
  /** The longest that a scrape waits for one collector, ms. */
  collectMs?: number;
}

/** A function that was found in the registry or the catalog: names that callers make up never become labels. */
export interface KnownFunction {
  name: string;
  env: string;
}

const OTHER = 'other';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

type FleetGauge = {
  [M in MetricOf<'gauge'>]: 'leader' extends (typeof METRICS)[M]['by'][number] ? M : never;
}[MetricOf<'gauge'>];

/** Each gauge of the fleet with all its series. */
export type FleetValues = {
  [M in FleetGauge]: { labels?: Record<LabelsOf<M>, string>; value: number }[];
};

const FLEET_GAUGES = (Object.keys(METRICS) as MetricName[]).filter((name): name is FleetGauge =>
  (METRICS[name].by as readonly string[]).includes('leader'),
);

export class Metrics {
  readonly registry = new Registry();
  private readonly collectors: (() => Promise<void> | void)[] = [];
  private readonly seen = new Map<string, Set<string>>();
  private readonly maxLabelValues: number;
  private readonly collectMs: number;

  private readonly invocations = this.hotCounter('invoq_invocations_total');
  private readonly retries = this.counter('invoq_retries_total');
  private readonly refusals = this.counter('invoq_refusals_total');
  private readonly limits = this.counter('invoq_limited_total');
  private readonly callbackTries = this.counter('invoq_callback_tries_total');
  private readonly queueWait = this.hotHistogram('invoq_queue_wait_seconds');
  private readonly runTime = this.hotHistogram('invoq_run_seconds');
  private readonly requests = this.hotCounter('invoq_http_requests_total');
  private readonly requestTime = this.hotHistogram('invoq_http_request_seconds');
  /** Set by a collector at each scrape. */
  readonly slots = this.gauge('invoq_slots');
  readonly sandboxes = this.gauge('invoq_sandboxes');
  readonly waiters = this.gauge('invoq_waiters');
  readonly placesTaken = this.gauge('invoq_places_taken');
  /** Gauges of the whole fleet; see `reportFleet`. */
  private readonly fleet = new Map<FleetGauge, Gauge>();

  constructor(private readonly options: MetricsOptions) {
    this.maxLabelValues = options.maxLabelValues ?? 1_000;
    this.collectMs = options.collectMs ?? 500;
    this.registry.setDefaultLabels({ app: options.app });
    if (options.processMetrics ?? true) collectDefaultMetrics({ register: this.registry });
    for (const name of FLEET_GAUGES) if (isReportedBy(name, options.app)) this.fleet.set(name, this.gauge(name));
    this.forgetFleet();
  }

  /** Puts these values in the place of all that were reported of the fleet before: what is gone is in none of them. */
  reportFleet(values: FleetValues): void {
    this.forgetFleet();
    for (const [name, gauge] of this.fleet) {
      const samples = values[name] ?? [];
      const kept = [...samples].sort((a, b) => b.value - a.value).slice(0, this.maxLabelValues);
      for (const { labels, value } of kept) gauge.set(labels ?? {}, value);
    }
  }

  /** This process does not report for the fleet (any more). */
  forgetFleet(): void {
    for (const [name, gauge] of this.fleet) {
      gauge.reset();
      // One without labels would say 0.
      if (METRICS[name].labels.length === 0) gauge.remove();
    }
  }

  /** An invocation ended; `runMs` is absent when it never ran. */
  ended(of: KnownFunction, mode: string, outcome: string, runMs?: number): void {
    const [name, env] = [this.bounded('function', of.name), this.bounded('env', of.env)];
    this.invocations.inc(name, env, mode, outcome);
    if (runMs !== undefined) this.runTime.observe(runMs / 1_000, name, env, mode);
  }

  /** An attempt failed, and another one follows. */
  retried(of: KnownFunction): void {
    this.retries.inc({ function: this.bounded('function', of.name), env: this.bounded('env', of.env) });
  }

  /** A run starts after `waitMs` in the queue. */
  waited(queue: string, lane: string, waitMs: number): void {
    // Redis' clock and ours may differ by a little: time does not run backwards for that.
    this.queueWait.observe(Math.max(waitMs, 0) / 1_000, this.bounded('queue', queue), lane);
  }

  /** `type` is from the code table. */
  refused(type: string): void {
    this.refusals.inc({ type });
  }

  /** A call was refused by this limit; `limit` is one of the few that there are. */
  limited(limit: string): void {
    this.limits.inc({ limit });
  }

  /** A try to deliver a callback ended: `delivered`, `retried`, `failed`, `gone`, `disabled`, `refused`, `fenced`. */
  delivered(outcome: string): void {
    this.callbackTries.inc({ outcome });
  }

  /** `route` is the template (`/v1/invocations/:requestID`), never the path. */
  answered(method: string, route: string, status: number, ms: number): void {
    const [known, bounded] = [METHODS.has(method) ? method : OTHER, this.bounded('route', route)];
    this.requests.inc(known, bounded, String(status));
    this.requestTime.observe(ms / 1_000, known, bounded);
  }

  /** `collect` sets gauges before each scrape. One that fails or is late leaves them as they are. */
  onScrape(collect: () => Promise<void> | void): void {
    this.collectors.push(collect);
  }

  /** All metrics as text; ends within `collectMs`, whatever the collectors do. */
  async text(): Promise<string> {
    await Promise.all(this.collectors.map((collect) => this.collect(collect)));
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  close(): void {
    this.registry.clear();
  }

  private async collect(collect: () => Promise<void> | void): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.collectMs);
    });
    const done = (async () => collect())().catch(() => undefined);
    await Promise.race([done, late]);
    clearTimeout(timer);
  }

  private bounded(label: string, value: string): string {
    let values = this.seen.get(label);
    if (values === undefined) this.seen.set(label, (values = new Set<string>()));
    if (values.has(value)) return value;
    if (values.size >= this.maxLabelValues) return OTHER;
    values.add(value);
    return value;
  }

  private counter<M extends MetricOf<'counter'>>(name: M): Counter<LabelsOf<M>> {
    return new Counter(this.definition(name));
  }

  private gauge<M extends MetricOf<'gauge'>>(name: M): Gauge<LabelsOf<M>> {
    return new Gauge(this.definition(name));
  }

  private hotCounter<M extends MetricOf<'counter'>>(name: M): HotCounter {
    return this.registered(name, new HotCounter({ name, ...METRICS[name] }));
  }

  private hotHistogram<M extends MetricOf<'histogram'>>(name: M): HotHistogram {
    return this.registered(name, new HotHistogram({ name, ...METRICS[name] }, METRICS[name].buckets));
  }

  private registered<H extends HotCounter | HotHistogram>(name: MetricName, metric: H): H {
    if (isReportedBy(name, this.options.app)) metric.registerIn(this.registry);
    return metric;
  }

  /** What another kind of process reports is in no registry here. */
  private definition<M extends MetricName>(name: M): MetricConfiguration<LabelsOf<M>> {
    const { help, labels } = METRICS[name];
    const registers = isReportedBy(name, this.options.app) ? [this.registry] : [];
    return { name, help, labelNames: [...labels] as LabelsOf<M>[], registers };
  }
}
