/** The metrics of a process, in Prometheus' text form. The only owner of prom-client. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

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

const WAIT_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const RUN_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const HTTP_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const OTHER = 'other';

export class Metrics {
  readonly registry = new Registry();
  private readonly collectors: (() => Promise<void> | void)[] = [];
  private readonly seen = new Map<string, Set<string>>();
  private readonly maxLabelValues: number;
  private readonly collectMs: number;

  private readonly invocations = this.counter('invoq_invocations_total', 'Invocations that ended, by outcome.', [
    'function',
    'env',
    'mode',
    'outcome',
  ]);
  private readonly retries = this.counter('invoq_retries_total', 'Attempts that failed and are followed by another.', [
    'function',
    'env',
  ]);
  private readonly refusals = this.counter('invoq_refusals_total', 'Calls that the platform did not take.', ['type']);
  private readonly limits = this.counter('invoq_limited_total', 'Calls refused by a limit, by which one.', ['limit']);
  private readonly callbackTries = this.counter(
    'invoq_callback_tries_total',
    'Tries to deliver a callback, by what came of them.',
    ['outcome'],
  );
  private readonly httpRequests = this.counter('invoq_http_requests_total', 'HTTP requests answered.', [
    'method',
    'route',
    'status',
  ]);
  private readonly queueWait = this.histogram(
    'invoq_queue_wait_seconds',
    'Time from acceptance to the start of a run.',
    ['queue', 'lane'],
    WAIT_SECONDS,
  );
  private readonly runTime = this.histogram(
    'invoq_run_seconds',
    'Time that functions ran.',
    ['function', 'env', 'mode'],
    RUN_SECONDS,
  );
  private readonly httpTime = this.histogram(
    'invoq_http_request_seconds',
    'Time from a request to its answer, waiting for the function included.',
    ['method', 'route'],
    HTTP_SECONDS,
  );
  /** Set by a collector at each scrape. */
  readonly queueDepth = this.gauge('invoq_queue_depth', 'Calls that wait in a queue.', ['queue', 'lane', 'partition']);
  readonly queueOldestAge = this.gauge('invoq_queue_oldest_age_seconds', 'Age of the oldest call that waits.', [
    'queue',
    'lane',
    'partition',
  ]);
  readonly outboxDepth = this.gauge('invoq_callbacks_waiting', 'Callbacks that are not delivered yet.', ['partition']);
  readonly outboxOldestAge = this.gauge(
    'invoq_callbacks_oldest_age_seconds',
    'Time since the end that waits longest to be delivered.',
    ['partition'],
  );
  readonly deadLetters = this.gauge(
    'invoq_dead_letters',
    'Async calls that failed for good, and wait for an operator.',
    ['function', 'env'],
  );
  readonly slots = this.gauge('invoq_slots', 'Worker slots by what they do.', ['queue', 'lane', 'state']);
  readonly functionRunning = this.gauge(
    'invoq_function_running',
    'Calls of a function with a limit that run, or stand in a line.',
    ['function', 'env'],
  );
  readonly functionConcurrency = this.gauge('invoq_function_concurrency', 'So many of its calls may run at a time.', [
    'function',
    'env',
  ]);
  readonly sandboxes = this.gauge('invoq_sandboxes', 'Sandbox processes by what they do.', ['state']);
  readonly waiters = this.gauge('invoq_waiters', 'Sync callers that wait for an end in this process.', []);
  readonly placesTaken = this.gauge(
    'invoq_places_taken',
    'Places of this process that callers hold: waits, event streams, uploads, open results.',
    ['of'],
  );

  constructor(options: MetricsOptions) {
    this.maxLabelValues = options.maxLabelValues ?? 1_000;
    this.collectMs = options.collectMs ?? 500;
    this.registry.setDefaultLabels({ app: options.app });
    if (options.processMetrics ?? true) collectDefaultMetrics({ register: this.registry });
  }

  /** An invocation ended; `runMs` is absent when it never ran. */
  ended(of: KnownFunction, mode: string, outcome: string, runMs?: number): void {
    const labels = { function: this.bounded('function', of.name), env: this.bounded('env', of.env), mode };
    this.invocations.inc({ ...labels, outcome });
    if (runMs !== undefined) this.runTime.observe(labels, runMs / 1_000);
  }

  /** An attempt failed, and another one follows. */
  retried(of: KnownFunction): void {
    this.retries.inc({ function: this.bounded('function', of.name), env: this.bounded('env', of.env) });
  }

  /** A run starts after `waitMs` in the queue. */
  waited(queue: string, lane: string, waitMs: number): void {
    // Redis' clock and ours may differ by a little: time does not run backwards for that.
    this.queueWait.observe({ queue: this.bounded('queue', queue), lane }, Math.max(waitMs, 0) / 1_000);
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
    const labels = { method: this.bounded('method', method), route: this.bounded('route', route) };
    this.httpRequests.inc({ ...labels, status: String(status) });
    this.httpTime.observe(labels, ms / 1_000);
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
    const values = this.seen.get(label) ?? new Set<string>();
    this.seen.set(label, values);
    if (values.has(value)) return value;
    if (values.size >= this.maxLabelValues) return OTHER;
    values.add(value);
    return value;
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
