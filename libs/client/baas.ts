/** `BaaS.invoke` and the deprecated `BaaS.invokeFunction`, as MinApp has them, over the native API. */
import { Calls } from './calls';
import type { ClientOptions } from './client-options';
import { messageWithCause, type ThrownError } from '@invoq/contract/thrown-error';
import { FunctionError, InvoqError, type InvoqErrorType } from './errors';
import { HError } from './h-error';
import { Wire } from './wire';

export interface BaaSOptions extends Omit<ClientOptions, 'url'> {
  url?: string;
  /** The same as `url`, by the name that MinApp's `init` has for it. */
  host?: string;
}

export interface BaaSResult<T = unknown> {
  /** 0: the function answered. 1: it failed, and `error` says how. */
  code: number;
  data: T | null;
  error: { message?: string; type?: string; stack?: string };
}

export interface BaaSJob {
  status: 'ok';
  /** The requestID. The original has none. */
  job_id: string;
}

/** What a call that is not waited for resolves with: two documents of the original differ on it, and this is both. */
export interface BaaSStarted extends BaaSResult<BaaSJob> {
  status: 'ok';
  data: BaaSJob;
}

export interface BaaSResponse<T = unknown> {
  status: number;
  statusText: string;
  data: BaaSResult<T>;
  headers: Record<string, string>;
}

export interface BaaSClient {
  /** `init({ url, key, env })`, or `init(clientID, { host, key, env })` as the original has it. */
  init(clientID: string, options: BaaSOptions): void;
  init(options: BaaSOptions): void;
  /** Resolves `{code, data, error}`, also when the function failed; rejects with an `HError` when it was not run. */
  invoke(functionName: string, params: unknown, sync: false): Promise<BaaSStarted>;
  invoke<T = unknown>(functionName: string, params?: unknown, sync?: boolean | null): Promise<BaaSResult<T>>;
  /** Deprecated: resolves the whole response, so that the result is `res.data.data`. */
  invokeFunction<T = unknown>(functionName: string, params?: unknown, sync?: boolean | null): Promise<BaaSResponse<T>>;
}

/** Accepted, and yet not run to its end: the original calls that a failure of scheduling, HTTP 400. */
const NOT_SCHEDULED = new Set<InvoqErrorType>([
  'QUEUE_FULL',
  'EXPIRED',
  'WORKER_LOST',
  'CANCELLED',
  'IDEMPOTENCY_KEY_REUSED',
]);
const SCHEDULE_FAILED = 400;
const NO_NETWORK = 600;
const NO_ANSWER = 601;
const BEFORE_INIT = 602;
const WRONG_ARGUMENT = 605;

/** One with a state of its own; `BaaS` is the one that a program has without making any. */
export function createBaaS(given: BaaSOptions = {}): BaaSClient {
  let options = given;
  let calls: Calls | undefined;

  const call = async (name: string, params: unknown, sync: boolean): Promise<Called> => {
    try {
      calls ??= callsOf(options);
      const { data, requestID } = await calls.call(name, params, sync);
      if (sync) return { requestID, result: { code: 0, data, error: {} } };
      const job: BaaSJob = { status: 'ok', job_id: requestID };
      const started: BaaSStarted = { status: 'ok', code: 0, error: {}, data: job };
      return { requestID, result: started };
    } catch (error) {
      if (error instanceof FunctionError) return { requestID: error.requestID!, result: failureOf(error) };
      throw hErrorOf(error);
    }
  };

  return {
    init(first: string | BaaSOptions, second?: BaaSOptions): void {
      options = { ...given, ...(typeof first === 'object' ? first : second) };
      calls = undefined;
    },
    // Not async: the original throws what is wrong with the name, it does not reject.
    invoke(name: string, params?: unknown, sync?: boolean | null): Promise<never> {
      checkName(name);
      return call(name, params, sync ?? true).then(({ result }) => result as never);
    },
    invokeFunction(name: string, params?: unknown, sync?: boolean | null): Promise<never> {
      checkName(name);
      return call(name, params, sync ?? true).then((called) => responseOf(called) as never);
    },
  };
}

export const BaaS: BaaSClient = createBaaS();

interface Called {
  requestID: string;
  result: BaaSResult;
}

function responseOf({ requestID, result }: Called): BaaSResponse {
  const headers = { 'content-type': 'application/json', 'x-request-id': requestID };
  return { status: 200, statusText: 'OK', data: result, headers };
}

/** The original knows one code of failure. A string that was called back has neither type nor stack. */
function failureOf(failure: FunctionError): BaaSResult {
  const { type, errorName, functionStack } = failure;
  const message = messageWithCause(failure as { message: string; cause?: ThrownError });
  const known = type === 'FUNCTION_ERROR' ? { message, type: errorName, stack: functionStack } : { message, type };
  const error =
    type === 'FUNCTION_TIMEOUT' ? { message: `The call timed out. ${message}`, type: 'TimeoutError' } : known;
  return { code: 1, data: null, error };
}

function hErrorOf(error: unknown): unknown {
  if (!(error instanceof InvoqError)) return error;
  const details = { requestID: error.requestID, cause: error };
  if (error.type === 'CONNECTION_FAILED') return new HError(NO_NETWORK, undefined, details);
  if (error.type === 'NO_ANSWER') return new HError(NO_ANSWER, undefined, details);
  const status = NOT_SCHEDULED.has(error.type) ? SCHEDULE_FAILED : (error.status ?? NO_NETWORK);
  return new HError(status, error.message, details);
}

function checkName(name: unknown): void {
  if (typeof name !== 'string' || name === '') throw new HError(WRONG_ARGUMENT);
}

function callsOf({ url, host, ...rest }: BaaSOptions): Calls {
  const address = url ?? host;
  if (address === undefined) throw new HError(BEFORE_INIT);
  return new Calls(new Wire({ url: address, ...rest }), 'sdk');
}
