/** Metrics as a scrape sees them. */
import { Metrics, type MetricsOptions } from './metrics';

const opened: Metrics[] = [];
afterEach(() => opened.splice(0).forEach((metrics) => metrics.close()));

function open(options: Partial<MetricsOptions> = {}): Metrics {
  const metrics = new Metrics({ app: 'worker', processMetrics: false, ...options });
  opened.push(metrics);
  return metrics;
}

const linesOf = async (metrics: Metrics, name: string): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith(name));

test('counts and measures what ended', async () => {
  const metrics = open();
  metrics.ended({ name: 'add', env: 'a' }, 'sync', 'succeeded', 30);
  metrics.ended({ name: 'add', env: 'a' }, 'async', 'expired');
  expect(await linesOf(metrics, 'invoq_invocations_total')).toEqual([
    'invoq_invocations_total{function="add",env="a",mode="sync",outcome="succeeded",app="worker"} 1',
    'invoq_invocations_total{function="add",env="a",mode="async",outcome="expired",app="worker"} 1',
  ]);
  expect(await linesOf(metrics, 'invoq_run_seconds_sum')).toEqual([
    'invoq_run_seconds_sum{app="worker",function="add",env="a",mode="sync"} 0.03',
  ]);
});

test('waits, refusals and requests', async () => {
  const waits = open();
  waits.waited('default', 'sync', -5);
  const metrics = open({ app: 'api' });
  metrics.refused('QUEUE_FULL');
  metrics.answered('POST', '/v1/functions/:name/invocations', 200, 2);
  expect(await linesOf(waits, 'invoq_queue_wait_seconds_sum')).toEqual([expect.stringMatching(/lane="sync".* 0$/)]);
  expect(await linesOf(metrics, 'invoq_refusals_total')).toEqual([expect.stringContaining('type="QUEUE_FULL"')]);
  expect(await linesOf(metrics, 'invoq_http_requests_total')).toEqual([expect.stringContaining('status="200"')]);
  expect(await linesOf(metrics, 'invoq_http_request_seconds_count')).toHaveLength(1);
});

test('a label takes so many values, and then `other`', async () => {
  const metrics = open({ maxLabelValues: 3 });
  for (let i = 0; i < 100; i++) metrics.ended({ name: `f${i}`, env: 'a' }, 'sync', 'succeeded');
  const lines = await linesOf(metrics, 'invoq_invocations_total');
  expect(lines).toHaveLength(4);
  expect(lines[3]).toMatch(/function="other".* 97$/);
});

test('gauges are set at the scrape, and a collector that fails or hangs keeps no one', async () => {
  const metrics = open({ collectMs: 20 });
  metrics.onScrape(() => metrics.slots.set({ queue: 'q', lane: 'sync', state: 'busy' }, 3));
  metrics.onScrape(async () => {
    throw new Error('away');
  });
  metrics.onScrape(() => new Promise(() => undefined));
  const start = performance.now();
  expect(await linesOf(metrics, 'invoq_slots{')).toEqual([
    'invoq_slots{queue="q",lane="sync",state="busy",app="worker"} 3',
  ]);
  expect(performance.now() - start).toBeLessThan(1_000);
});

test('two in one process do not meet, and process metrics are there by default', async () => {
  const one = open({ app: 'api', processMetrics: undefined });
  const two = open({ app: 'api' });
  one.refused('EXPIRED');
  expect(await linesOf(two, 'invoq_refusals_total{')).toEqual([]);
  expect(await linesOf(one, 'process_resident_memory_bytes{')).toHaveLength(1);
  expect(one.contentType).toContain('text/plain');
});

test('gauges of the fleet hold what was reported last, and nothing when another process reports', async () => {
  const metrics = open({ app: 'api' });
  const report = (functions: string[]): Promise<string[]> => {
    const letters = functions.map((name) => ({ labels: { function: name, env: 'a' }, value: 1 }));
    metrics.reportFleet({ invoq_dead_letters: letters, invoq_callbacks_waiting: [{ value: 2 }] } as never);
    return linesOf(metrics, 'invoq_dead_letters{');
  };
  expect(await report(['one', 'two'])).toHaveLength(2);
  expect(await report(['two'])).toEqual([expect.stringContaining('function="two"')]);
  expect(await linesOf(metrics, 'invoq_callbacks_waiting{')).toEqual(['invoq_callbacks_waiting{app="api"} 2']);
  metrics.forgetFleet();
  expect(await linesOf(metrics, 'invoq_dead_letters{')).toEqual([]);
  expect(await linesOf(metrics, 'invoq_callbacks_waiting{')).toEqual([]);
});
