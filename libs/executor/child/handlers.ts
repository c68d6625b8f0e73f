/** The two contracts: how a handler is called, and what counts as its answer. */
import type { CloudbaseHandler, MinappHandler } from '@invoq/contract/handler';
import type { ReceivedHead } from '../pipe/call-head';
import type { ProgramHead } from '../pipe/messages';
import { isAsyncFunction, isPromise } from '../pipe/primordials';
import { warnOfNoUser } from './user';
import { cloudbaseContext, minappEvent, type Hooks } from './context';

/** Takes the first answer; later ones are ignored. */
export interface Answer {
  /** It returned, or its promise was kept. */
  value(value: unknown): void;
  /** It threw, or its promise was broken. */
  error(thrown: unknown): void;
  /** It called back: it is still at work. */
  callback(error: unknown, result?: unknown): void;
}

export type Invoke = (
  handler: unknown,
  program: ProgramHead,
  call: ReceivedHead,
  data: unknown,
  hooks: Hooks,
  answer: Answer,
) => void;

/**
 * `(event, context)` or `(event, context, callback)`. The callback of an async function is not honoured (that is the
 * original's rule); that of any other counts, also when it is called before the function returns. A function of three
 * parameters that returns undefined has its answer in the callback; every other answers with what it returns.
 */
export const invokeCloudbase: Invoke = (handler, program, call, data, hooks, answer) => {
  const run = handler as CloudbaseHandler;
  const context = cloudbaseContext(program, call, hooks);
  warnOfNoUser(data, call);
  hooks.context = context;
  const isAsync = isAsyncFunction(run);
  const callback = isAsync ? () => undefined : answer.callback;
  const returned = run(data, context, callback);
  if (isThenable(returned)) {
    hooks.isAsync = true;
    void settle(returned, answer.value, answer.error);
  } else if (returned !== undefined || run.length < 3) answer.value(returned);
};

/**
 * `(event, callback)`, or an async function. What a plain function returns is not checked; undefined from an async one
 * is no answer (the callback may still come, else the run ends at its limit). A promise is taken as the mark of an async
 * function: compiled ones have no other.
 */
export const invokeMinapp: Invoke = (handler, program, call, data, hooks, answer) => {
  const run = handler as MinappHandler;
  const returned = run(minappEvent(program, call, data, hooks), answer.callback);
  const value = (kept: unknown): void => {
    if (kept !== undefined) answer.value(kept);
  };
  if (isThenable(returned)) void settle(returned, value, answer.error);
};

/**
 * The engine waits by itself: `then` of promises may have been replaced. What a thenable or promise resolves with is
 * followed until it is neither.
 */
async function settle(promise: PromiseLike<unknown>, kept: Answer['value'], broken: Answer['error']): Promise<void> {
  let value: unknown;
  try {
    value = await promise;
  } catch (thrown) {
    return broken(thrown);
  }
  kept(value);
}

/** A promise, or what has a `then`. A result that fights being checked is no promise; writing it as JSON will say what is wrong with it. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (isPromise(value)) return true;
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false;
  }
}
