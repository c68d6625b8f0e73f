/**
 * What the dashboard shows: rows of panels, each with its expressions. `dashboard.ts` makes Grafana's model of it.
 *
 * $instance, $queue and $function are what the reader has chosen above the panels. Numbers of the whole fleet come from one
 * process, the leader, and are not narrowed by $instance.
 */

export interface PanelSpec {
  title: string;
  /** What a reader should know who sees it for the first time. */
  says: string;
  /** Of Grafana: `s`, `reqps`, `percentunit`, `bytes`, `short`. */
  unit: string;
  /** A number with its threshold, or lines over time. */
  shows?: 'number' | 'lines' | 'stack';
  /** Legend (the labels of a series in double braces) and expression. */
  lines: [legend: string, expr: string][];
  /** From here on it is yellow and red. */
  thresholds?: [warn: number, bad: number];
}

export interface RowSpec {
  title: string;
  panels: PanelSpec[];
}

const CALLS = 'function=~"$function",instance=~"$instance"';
const FAILED = 'outcome!~"succeeded|cancelled"';
const PROCESS = 'app=~"api|worker",instance=~"$instance"';

/** Three percentiles of a histogram. */
const percentiles = (buckets: string): PanelSpec['lines'] =>
  [50, 95, 99].map((part) => [`p${part}`, quantile(part / 100, buckets)]);

const quantile = (part: number, buckets: string, by = ''): string =>
  `histogram_quantile(${part}, sum by (le${by}) (rate(${buckets}[$__rate_interval])))`;

const failedPart = (by: string): string =>
  `sum ${by}(rate(invoq_invocations_total{${CALLS},${FAILED}}[$__rate_interval])) / sum ${by}(rate(invoq_invocations_total{${CALLS}}[$__rate_interval]))`;

export const ROWS: RowSpec[] = [
  {
    title: 'Now',
    panels: [
      { title: 'Calls a second', says: 'Calls that ended, whatever their outcome.', unit: 'reqps', shows: 'number', lines: [['', `sum(rate(invoq_invocations_total{${CALLS}}[$__rate_interval]))`]] },
      { title: 'Failed', says: 'The part of the calls that failed, cancelled ones not counted as failed.', unit: 'percentunit', shows: 'number', thresholds: [0.02, 0.1], lines: [['', failedPart('')]] },
      { title: 'Waiting', says: 'Calls that wait in the chosen queues.', unit: 'short', shows: 'number', lines: [['', 'sum(invoq_queue_depth{queue=~"$queue"})']] },
      { title: 'Oldest call', says: 'Age of the oldest call that waits. InvoqQueueTooOld is raised at five minutes.', unit: 's', shows: 'number', thresholds: [60, 300], lines: [['', 'max(invoq_queue_oldest_age_seconds{queue=~"$queue"})']] },
      { title: 'Workers', says: 'Living workers that take calls.', unit: 'short', shows: 'number', lines: [['', 'sum(invoq_fleet_members{process="worker",state="ready"})']] },
      { title: 'Dead letters', says: 'Async calls that failed for good and wait for an operator.', unit: 'short', shows: 'number', thresholds: [1, 100], lines: [['', 'sum(invoq_dead_letters{function=~"$function"}) or vector(0)']] },
      { title: 'Redis memory', says: 'Of its maxmemory. InvoqRedisNearFull is raised at 80 %; at 90 % new calls are refused.', unit: 'percentunit', shows: 'number', thresholds: [0.7, 0.8], lines: [['', 'max(invoq_redis_memory_ratio)']] },
      { title: 'Alerts', says: 'Alerts that Prometheus raises now; docs/operations.md says what to do.', unit: 'short', shows: 'number', thresholds: [1, 1], lines: [['', 'count(ALERTS{alertname=~"Invoq.*",alertstate="firing"}) or vector(0)']] },
    ],
  },
  {
    title: 'Calls',
    panels: [
      { title: 'Calls by outcome', says: 'Calls that ran and ended, a second.', unit: 'reqps', shows: 'stack', lines: [['{{outcome}}', `sum by (outcome) (rate(invoq_invocations_total{${CALLS}}[$__rate_interval]))`]] },
      { title: 'Failed part, by function', says: 'InvoqErrorsUp is raised at a tenth.', unit: 'percentunit', lines: [['{{env}}/{{function}}', failedPart('by (env, function) ')]] },
      { title: 'Attempts that are tried again', says: 'Failures that callers do not see, as another attempt follows.', unit: 'reqps', lines: [['{{env}}/{{function}}', `sum by (env, function) (rate(invoq_retries_total{${CALLS}}[$__rate_interval]))`]] },
      { title: 'Refusals by error', says: 'Requests that the API refused, by the type of the error (docs/errors.md).', unit: 'reqps', shows: 'stack', lines: [['{{type}}', 'sum by (type) (rate(invoq_refusals_total{instance=~"$instance"}[$__rate_interval]))']] },
      { title: 'Refusals by limit', says: 'Which limit refused them (docs/limits.md).', unit: 'reqps', shows: 'stack', lines: [['{{limit}}', 'sum by (limit) (rate(invoq_limited_total{instance=~"$instance"}[$__rate_interval]))']] },
      { title: 'HTTP requests by status', says: 'All requests that the APIs answered.', unit: 'reqps', shows: 'stack', lines: [['{{status}}', 'sum by (status) (rate(invoq_http_requests_total{instance=~"$instance"}[$__rate_interval]))']] },
    ],
  },
  {
    title: 'Times',
    panels: [
      { title: 'Wait in the queue', says: 'How long calls waited before they ran.', unit: 's', lines: percentiles('invoq_queue_wait_seconds_bucket{queue=~"$queue",instance=~"$instance"}') },
      { title: 'Run time', says: 'How long functions ran.', unit: 's', lines: percentiles(`invoq_run_seconds_bucket{${CALLS}}`) },
      { title: 'Run time by function, p95', says: 'One in 20 calls takes longer.', unit: 's', lines: [['{{env}}/{{function}}', quantile(0.95, `invoq_run_seconds_bucket{${CALLS}}`, ', env, function')]] },
      { title: 'HTTP time by route, p95', says: 'From a request to its answer; waiting for the function is in it.', unit: 's', lines: [['{{route}}', quantile(0.95, 'invoq_http_request_seconds_bucket{instance=~"$instance"}', ', route')]] },
    ],
  },
  {
    title: 'Queues and slots',
    panels: [
      { title: 'Waiting calls', says: 'By queue and lane.', unit: 'short', shows: 'stack', lines: [['{{queue}} {{lane}}', 'sum by (queue, lane) (invoq_queue_depth{queue=~"$queue"})']] },
      { title: 'Age of the oldest call', says: 'A line that climbs at 45 degrees is a queue that nobody works off.', unit: 's', lines: [['{{queue}} {{lane}}', 'max by (queue, lane) (invoq_queue_oldest_age_seconds{queue=~"$queue"})']] },
      { title: 'Busy slots', says: 'Where busy slots touch the slots there are, calls wait.', unit: 'short', lines: [['{{queue}} {{lane}}: busy', 'sum by (queue, lane) (invoq_slots{state="busy",queue=~"$queue",instance=~"$instance"})'], ['{{queue}} {{lane}}: all', 'sum by (queue, lane) (invoq_slots{queue=~"$queue",instance=~"$instance"})']] },
      { title: 'Workers by queue', says: 'InvoqQueueUnserved is raised at 0.', unit: 'short', lines: [['{{queue}}', 'max by (queue) (invoq_queue_workers{queue=~"$queue"})']] },
      { title: 'Running, delayed, retrying', says: 'Calls outside the queues: they run, or wait for their time or their next attempt.', unit: 'short', lines: [['{{state}}', 'sum by (state) (invoq_calls_open)']] },
      { title: 'Functions at their limit', says: 'Running calls of functions with a `concurrency`, of that limit.', unit: 'percentunit', lines: [['{{env}}/{{function}}', 'max by (env, function) (invoq_function_running{function=~"$function"} / invoq_function_concurrency)']] },
    ],
  },
  {
    title: 'Dead letters and callbacks',
    panels: [
      { title: 'Dead letters by function', says: 'InvoqDeadLettersGrow is raised when they grow.', unit: 'short', shows: 'stack', lines: [['{{env}}/{{function}}', 'sum by (env, function) (invoq_dead_letters{function=~"$function"})']] },
      { title: 'Attempts to deliver a callback', says: '`retried` is tried again later; `failed` is not.', unit: 'reqps', shows: 'stack', lines: [['{{outcome}}', 'sum by (outcome) (rate(invoq_callback_tries_total{instance=~"$instance"}[$__rate_interval]))']] },
      { title: 'Callbacks that wait', says: 'Not delivered yet.', unit: 'short', lines: [['waiting', 'max(invoq_callbacks_waiting)']] },
      { title: 'Age of the oldest callback', says: 'InvoqCallbacksLate is raised at 20 minutes.', unit: 's', lines: [['oldest', 'max(invoq_callbacks_oldest_age_seconds)']] },
    ],
  },
  {
    title: 'Redis and the fleet',
    panels: [
      { title: 'Redis memory, of its maxmemory', says: '0 without maxmemory.', unit: 'percentunit', thresholds: [0.8, 0.9], lines: [['used', 'max(invoq_redis_memory_ratio)']] },
      { title: 'Age of the snapshot', says: 'How old the numbers of the fleet are. Its name is the leader: it changes when another API takes over.', unit: 's', lines: [['{{instance}}', 'invoq_fleet_snapshot_age_seconds']] },
      { title: 'Processes by state', says: 'Living APIs and workers.', unit: 'short', shows: 'stack', lines: [['{{process}} {{state}}', 'sum by (process, state) (invoq_fleet_members)']] },
      { title: 'Sandboxes', says: 'Processes in which functions run.', unit: 'short', shows: 'stack', lines: [['{{state}}', 'sum by (state) (invoq_sandboxes{instance=~"$instance"})']] },
      { title: 'Places that callers hold', says: 'Waits, event streams, uploads and open results.', unit: 'short', lines: [['{{of}}', 'sum by (of) (invoq_places_taken{instance=~"$instance"})'], ['callers that wait', 'sum(invoq_waiters{instance=~"$instance"})']] },
    ],
  },
  {
    title: 'Processes',
    panels: [
      { title: 'CPU', says: '1 is a whole core. Sandboxes are not in it.', unit: 'short', lines: [['{{app}} {{instance}}', `rate(process_cpu_seconds_total{${PROCESS}}[$__rate_interval])`]] },
      { title: 'Memory', says: 'Resident memory. Sandboxes are not in it.', unit: 'bytes', lines: [['{{app}} {{instance}}', `process_resident_memory_bytes{${PROCESS}}`]] },
      { title: 'Heap in use', says: 'Of V8. One that only grows is a leak.', unit: 'bytes', lines: [['{{app}} {{instance}}', `nodejs_heap_size_used_bytes{${PROCESS}}`]] },
      { title: 'Event loop lag, p99', says: 'Time in which a process did nothing else. Above 100 ms it answers late.', unit: 's', thresholds: [0.1, 0.5], lines: [['{{app}} {{instance}}', `nodejs_eventloop_lag_p99_seconds{${PROCESS}}`]] },
    ],
  },
]; // prettier-ignore
