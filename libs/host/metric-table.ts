/** All metrics of Invoq, in one table: docs/monitoring.md shows it, and a test holds the two together. */

/**
 * Who reports it: each API process, each worker, or `leader`: the one API process that reports for the whole fleet. A sum over
 * all processes is right for each of them.
 */
export type Reporter = 'api' | 'worker' | 'leader';

interface Definition {
  type: 'counter' | 'gauge' | 'histogram';
  by: readonly Reporter[];
  help: string;
  labels: readonly string[];
  buckets?: readonly number[];
}

const WAIT_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const RUN_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const HTTP_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export const METRICS = {
  invoq_http_requests_total: { type: 'counter', by: ['api'], labels: ['method', 'route', 'status'], help: 'HTTP requests answered.' },
  invoq_http_request_seconds: { type: 'histogram', by: ['api'], labels: ['method', 'route'], buckets: HTTP_SECONDS, help: 'Time from a request to its answer, waiting for the function included.' },
  invoq_refusals_total: { type: 'counter', by: ['api'], labels: ['type'], help: 'Requests that were refused, by the type of the error.' },
  invoq_limited_total: { type: 'counter', by: ['api'], labels: ['limit'], help: 'Requests that a limit refused, by the limit.' },
  invoq_waiters: { type: 'gauge', by: ['api'], labels: [], help: 'Callers that wait for the end of a call.' },
  invoq_places_taken: { type: 'gauge', by: ['api'], labels: ['of'], help: 'Places that callers hold: waits, event streams, uploads, open results.' },
  invoq_invocations_total: { type: 'counter', by: ['worker'], labels: ['function', 'env', 'mode', 'outcome'], help: 'Calls that ran and ended, by outcome.' },
  invoq_retries_total: { type: 'counter', by: ['worker'], labels: ['function', 'env'], help: 'Attempts that failed and are followed by another.' },
  invoq_queue_wait_seconds: { type: 'histogram', by: ['worker'], labels: ['queue', 'lane'], buckets: WAIT_SECONDS, help: 'Time that a call waited in its queue before it ran.' },
  invoq_run_seconds: { type: 'histogram', by: ['worker'], labels: ['function', 'env', 'mode'], buckets: RUN_SECONDS, help: 'Time that functions ran.' },
  invoq_callback_tries_total: { type: 'counter', by: ['worker'], labels: ['outcome'], help: 'Attempts to deliver a callback, by outcome.' },
  invoq_slots: { type: 'gauge', by: ['worker'], labels: ['queue', 'lane', 'state'], help: 'Slots that are busy or free.' },
  invoq_sandboxes: { type: 'gauge', by: ['worker'], labels: ['state'], help: 'Sandbox processes by state.' },
  invoq_queue_depth: { type: 'gauge', by: ['leader'], labels: ['queue', 'lane'], help: 'Calls that wait in a queue.' },
  invoq_queue_oldest_age_seconds: { type: 'gauge', by: ['leader'], labels: ['queue', 'lane'], help: 'Age of the oldest call that waits; 0 when none does.' },
  invoq_queue_workers: { type: 'gauge', by: ['leader'], labels: ['queue'], help: 'Living workers that serve a queue.' },
  invoq_calls_open: { type: 'gauge', by: ['leader'], labels: ['state'], help: 'Calls outside the queues: running, delayed (they wait for their time), retrying (they wait for their next attempt).' },
  invoq_callbacks_waiting: { type: 'gauge', by: ['leader'], labels: [], help: 'Callbacks that are not delivered yet.' },
  invoq_callbacks_oldest_age_seconds: { type: 'gauge', by: ['leader'], labels: [], help: 'Time since the end of the call whose callback waits longest.' },
  invoq_dead_letters: { type: 'gauge', by: ['leader'], labels: ['function', 'env'], help: 'Async calls that failed for good and are kept for an operator.' },
  invoq_function_running: { type: 'gauge', by: ['leader'], labels: ['function', 'env'], help: 'Calls of a function with a limit that run or are next.' },
  invoq_function_concurrency: { type: 'gauge', by: ['leader'], labels: ['function', 'env'], help: 'The limit of a function: calls that may run at a time.' },
  invoq_fleet_members: { type: 'gauge', by: ['leader'], labels: ['process', 'state'], help: 'Living processes by kind (api, worker) and state.' },
  invoq_redis_memory_ratio: { type: 'gauge', by: ['leader'], labels: [], help: 'Memory that Redis uses, of its maxmemory (0 to 1); of a Redis Cluster that of the fullest node. 0 without maxmemory.' },
  invoq_fleet_snapshot_age_seconds: { type: 'gauge', by: ['leader'], labels: [], help: 'Age of the numbers that the leader reports for the fleet.' },
} as const satisfies Record<string, Definition>; // prettier-ignore

export type MetricName = keyof typeof METRICS;
export type MetricOf<T extends Definition['type']> = {
  [M in MetricName]: (typeof METRICS)[M]['type'] extends T ? M : never;
}[MetricName];
export type LabelsOf<M extends MetricName> = (typeof METRICS)[M]['labels'][number];

/** Is it reported by this kind of process? */
export function isReportedBy(name: MetricName, app: string): boolean {
  const { by }: Definition = METRICS[name];
  return by.some((reporter) => reporter === app || (reporter === 'leader' && app === 'api'));
}
