/**
 * What user code meets: the two contracts. Field names of `CloudbaseContext` and `MinappEvent` are those of the original
 * systems (WeChat CloudBase SCF Node runtime; MinApp cloud functions), kept to the letter.
 */

/** On `context` under both contracts' names: ours, beside whatever the original had. */
export interface InvoqContext {
  requestID: string;
  functionName: string;
  env: string;
  /** Counted from 1. */
  attempt: number;
  /** Absolute, ms since the epoch, by the worker's clock. */
  deadline: number;
  remainingMs(): number;
  /** W3C trace context of its run, for calls that it makes: `traceparent: context.traceparent`. Absent: there is no trace. */
  traceparent?: string;
  tracestate?: string;
  /** Aborts when the invocation is cancelled; the process is killed soon after. */
  signal: AbortSignal;
  /** Shows how far the work is (0..1, or any JSON) in `GET /v1/invocations/{requestID}`. The last value wins. */
  progress(value: unknown): void;
}

export type Callback<Result = unknown> = (error: unknown, result?: Result) => void;

export interface CloudbaseContext extends InvoqContext {
  callbackWaitsForEmptyEventLoop: boolean;
  memory_limit_in_mb: number;
  time_limit_in_ms: number;
  request_id: string;
  /** A JSON string. */
  environment: string;
  /** A `K=V;K=V` string. */
  environ: string;
  function_version: string;
  function_name: string;
  namespace: string;
  tencentcloud_region: string;
  tencentcloud_appid: string;
  tencentcloud_uin: string;
}

/**
 * A function of the cloudbase contract, as its author writes it:
 * `export const main: Handler<{ x: number }, number> = async (event, context) => event.x`.
 */
export type Handler<Event = unknown, Result = unknown> = (
  event: Event,
  context: CloudbaseContext,
  callback: Callback<Result>,
) => Result | Promise<Result> | void;

/** The same of the minapp contract; data are in `event.data`. */
export type MinAppFunction<Data = unknown, Result = unknown> = (
  event: MinappEvent<Data>,
  callback: Callback<Result>,
) => Result | Promise<Result> | void;

/** How either is called here, whoever wrote it. */
export type CloudbaseHandler = (event: unknown, context: CloudbaseContext, callback: Callback) => unknown;

export interface MinappEvent<Data = unknown> {
  data: Data;
  eventType: string;
  jobId: string;
  memoryLimitInMB: number;
  timeLimitInMS: number;
  miniappId: string;
  request: { meta: { ip_address: string; user_agent: string }; user: Record<string, unknown> };
  env: { id: string; name: string };
  timezone: string;
  /** Ours. The original has no `context` at all. */
  context: InvoqContext;
}

export type MinappHandler = (event: MinappEvent, callback: Callback) => unknown;
