/**
 * Tells what a timer of an earlier call does from what the call at hand does. An unref'd timer outlives its call (libraries
 * keep caches with them); what it prints or throws in a later call is not that call's, nor is what comes of it by promises.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import timers from 'node:timers';
import { promisify } from 'node:util';
import {
  apply,
  defineProperty,
  getOwnPropertyDescriptor,
  setInterval,
  setTimeout,
  uncurried,
} from '../pipe/primordials';

type Callback = (...args: unknown[]) => unknown;
type Store = AsyncLocalStorage<object>;

/** `answeredAt`: 0 until it has answered. */
interface Call {
  readonly answeredAt: number;
}

const runIn: (store: Store, of: object, work: () => unknown) => unknown = uncurried(AsyncLocalStorage.prototype.run);
const storedIn: (store: Store) => object | undefined = uncurried(AsyncLocalStorage.prototype.getStore);

export class Late {
  /** Made when the first late timer runs: it costs all promises from then on. */
  private store: Store | undefined;

  /** `now`: the call that was begun last. `stray`: called with what a late timer throws. */
  constructor(
    private readonly now: () => Call | undefined,
    private readonly stray: (thrown: unknown) => void,
  ) {
    this.replace('setTimeout', setTimeout as Callback);
    this.replace('setInterval', setInterval as Callback);
  }

  /** Whether what runs right now comes of a timer of an earlier call. */
  get isLate(): boolean {
    if (this.store === undefined) return false;
    const of = storedIn(this.store);
    return of !== undefined && of !== this.now();
  }

  private replace(name: 'setTimeout' | 'setInterval', original: Callback): void {
    const belonging = (callback: unknown): unknown => this.belonging(callback);
    const wrapped = function (this: unknown, callback: unknown): unknown {
      const args: unknown[] = [belonging(callback)];
      // eslint-disable-next-line prefer-rest-params -- a rest parameter and its spreading would look up an iterator
      for (let i = 1; i < arguments.length; i++) args[i] = arguments[i];
      return apply(original, this, args);
    };
    for (const key of ['name', 'length', promisify.custom]) {
      const descriptor = getOwnPropertyDescriptor(original, key);
      if (descriptor !== undefined) defineProperty(wrapped, key, descriptor);
    }
    globalThis[name] = wrapped as never;
    timers[name] = wrapped as never;
  }

  /** Of a module's own life, before the first call, nothing is late. */
  private belonging(callback: unknown): unknown {
    const call = this.now();
    if (call === undefined || typeof callback !== 'function') return callback;
    // Also between two calls: what a timer begins then may go on in the next one.
    const isOver = (): boolean => call.answeredAt !== 0 || call !== this.now();
    const run = (self: unknown, args: ArrayLike<unknown>): unknown => this.run(call, callback as Callback, self, args);
    return function (this: unknown): unknown {
      // eslint-disable-next-line prefer-rest-params -- as above
      return isOver() ? run(this, arguments) : apply(callback as Callback, this, arguments);
    };
  }

  private run(call: object, callback: Callback, self: unknown, args: ArrayLike<unknown>): unknown {
    this.store ??= new AsyncLocalStorage<object>();
    return runIn(this.store, call, () => {
      try {
        return apply(callback, self, args);
      } catch (thrown) {
        // No other call has begun: it is of the one that has answered.
        if (call === this.now()) throw thrown;
        this.stray(thrown);
        return undefined;
      }
    });
  }
}
