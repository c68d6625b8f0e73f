/** What one call may say beside its name and its data. */
import type { CallNotes } from '@invoq/contract/call-notes';
import type { ListFilters } from '@invoq/contract/list-filters';
import type { CallbackInput } from '@invoq/contract/callback';
import type { RetryInput } from '@invoq/contract/retry';
import type { RetryOptions } from './retry';

export interface CallOptions {
  /** Gives up waiting: the promise rejects with the signal's reason. What runs goes on; see `cancel`. */
  signal?: AbortSignal;
}

export type CallbackOption = Pick<CallbackInput, 'url'> & Partial<CallbackInput>;

export interface InvokeOptions extends CallOptions, CallNotes {
  /** ms, from acceptance to the end; at most the function's own limit. */
  timeoutMs?: number;
  /** How far ahead of others that wait: 0 (the least) to 9. The function's own by default. */
  priority?: number;
  /** Who else is notified of the end: of all ends, or of `events`. null: nobody. The function's own by default. */
  callback?: CallbackOption | null;
  /** Calls with one key run once, within 24 h. Made by the client when none is given, unless `retry` is false. */
  idempotencyKey?: string;
  /** Who the user is: `WX_OPENID`, `WX_UNIONID`, `WX_APPID`, or the members of MinApp's user. The key needs the scope `user`. */
  user?: Readonly<Record<string, unknown>>;
  /** For this call, instead of the client's. */
  retry?: Partial<RetryOptions> | false;
  /** For this call, instead of the client's. */
  env?: string;
}

/** `timeoutMs`: of the run, once it has started. */
export interface SubmitOptions extends InvokeOptions {
  /**
   * When the platform runs the function again after a failure of its own; over what the function has. Not to be taken for
   * `retry`, which says how often the client sends what the platform did not take.
   */
  functionRetry?: RetryInput;
  /** Not started before so many ms from its acceptance. */
  delayMs?: number;
  /** Not started before this time; a text is ISO 8601 with its zone. */
  runAt?: Date | string;
}

/** Each call of a batch has a key of its own, made by the client. */
export type SubmitAllOptions = Omit<SubmitOptions, 'idempotencyKey'> & {
  /** The Idempotency-Key of the call at this index of the list, for batches that go on after a crash. */
  keyOf?: (at: number) => string;
};

export interface ReadOptions extends CallOptions {
  env?: string;
}

export interface ResultOptions extends ReadOptions {
  /** ms to wait for the end, 0: not at all. By default for as long as it takes. */
  wait?: number;
}

/** Which calls are listed; those that fit all that is said. */
export interface ListOptions extends ReadOptions, ListFilters {
  function?: string;
  /** Times, or what `new Date` makes one of; both ends are included. */
  since?: Date | string | number;
  until?: Date | string | number;
  /** A requestID, or how it begins. */
  requestID?: string;
  /** The calls of `function` that failed for good, the newest failure first; `since` and `until` are times of the failure. */
  order?: 'failed';
  /** As many on a page, 100 at most. */
  limit?: number;
  /** Of the page before. */
  cursor?: string;
}
