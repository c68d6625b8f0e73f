/** `cloud.callFunction`, as WeChat CloudBase has it, over the native API: as a promise, and with callbacks. */
import { Calls } from './calls';
import type { ClientOptions } from './client-options';
import { CloudError } from './cloud-error';
import { CDN } from './large-field';
import { Wire } from './wire';

/** The env that the caller is in: the key's first, or that of the running function whose token is the key. */
export const DYNAMIC_CURRENT_ENV = Symbol('DYNAMIC_CURRENT_ENV');

export type EnvChoice = string | typeof DYNAMIC_CURRENT_ENV;

export interface CloudInit extends Omit<ClientOptions, 'env'> {
  /** For all calls, or by kind, as the original allows. */
  env?: EnvChoice | { functions?: EnvChoice; default?: EnvChoice };
}

/** May be handed over at `init` as well. */
export type CloudOptions = Partial<CloudInit>;

export interface CallFunctionResult<T = unknown> {
  result: T;
  requestID: string;
  errMsg: 'callFunction:ok';
}

export interface CallFunctionOptions<T = unknown> {
  name: string;
  /** What the function gets as its `event`. Mark large fields with `cloud.CDN`. */
  data?: unknown;
  /** `env`: instead of the one given at `init`. */
  config?: { env?: EnvChoice };
  success?: (result: CallFunctionResult<T>) => void;
  fail?: (error: CloudError) => void;
  /** After `success` or `fail`, with the same. */
  complete?: (outcome: CallFunctionResult<T> | CloudError) => void;
}

export interface Cloud {
  readonly DYNAMIC_CURRENT_ENV: typeof DYNAMIC_CURRENT_ENV;
  init(init?: CloudOptions): void;
  callFunction<T = unknown>(options: CallFunctionOptions<T>): Promise<CallFunctionResult<T>>;
  CDN: typeof CDN;
}

const CALL = 'callFunction';

/** One with a state of its own; `cloud` is the one that a program has without making any. */
export function createCloud(options: CloudOptions = {}): Cloud {
  let init: CloudOptions = options;
  let calls: Calls | undefined;

  const call = async <T>({ name, data, config }: CallFunctionOptions<T>): Promise<CallFunctionResult<T>> => {
    try {
      if (typeof name !== 'string' || name === '')
        throw new TypeError('callFunction needs the name of a function: { name, data }.');
      calls ??= callsOf(init);
      const env = envOf(config?.env ?? init.env);
      const { data: result, requestID } = await calls.call(name, data, true, { env });
      return { result: result as T, requestID, errMsg: `${CALL}:ok` };
    } catch (error) {
      throw new CloudError(CALL, error as Error);
    }
  };

  return {
    DYNAMIC_CURRENT_ENV,
    CDN,
    init(more = {}) {
      init = { ...options, ...more };
      calls = undefined;
    },
    // JavaScript may give nothing: that rejects, as a missing name does.
    callFunction<T>(asked: CallFunctionOptions<T> = { name: '' }): Promise<CallFunctionResult<T>> {
      const promise = call<T>(asked);
      const { success, fail, complete } = asked;
      if (success || fail || complete) {
        // Who listens by callbacks need not catch as well. What a callback throws is thrown, past this promise.
        promise.then(
          (result) => apart([success, complete], result),
          (error: CloudError) => apart([fail, complete], error),
        );
      }
      return promise;
    },
  };
}

export const cloud: Cloud = createCloud();

function callsOf({ url, env: _, ...rest }: CloudOptions): Calls {
  if (url === undefined) throw new TypeError('Call cloud.init({ url, key, env }) first.');
  return new Calls(new Wire({ url, ...rest }));
}

function envOf(choice: CloudInit['env']): string | undefined {
  const env = typeof choice === 'object' ? (choice.functions ?? choice.default) : choice;
  return typeof env === 'string' ? env : undefined;
}

function apart<T>(callbacks: (((value: T) => void) | undefined)[], value: T): void {
  for (const callback of callbacks) if (callback) queueMicrotask(() => callback(value));
}
