/**
 * For code that has loaded `@opentelemetry/api`: in a call the span of its run is the active one, so that spans which the
 * function makes, and calls that an instrumented client makes, belong to its trace. By the code's own copy of the package;
 * we bring none. An SDK that the code has set up stays what it is.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { apply, indexOf, keys, slice } from '../pipe/primordials';

/** As much of the package as is used here. */
interface Api {
  ROOT_CONTEXT: unknown;
  context: {
    setGlobalContextManager(manager: ContextManager): boolean;
    with(context: unknown, run: () => void): void;
  };
  trace: { setSpanContext(context: unknown, span: object): unknown };
  createTraceState?(text: string): unknown;
}

const PACKAGE = '/@opentelemetry/api/build/src/index.js';
/** Where all copies of the package keep what is registered. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');
const ODD_DIGITS = '13579bdf';

export class OpenTelemetry {
  private constructor(private readonly api: Api) {}

  /** Right after the code was loaded. Undefined: it has not loaded the package. `modules`: what `require` keeps. */
  static find(modules: Record<string, NodeJS.Module | undefined>): OpenTelemetry | undefined {
    const files = keys(modules);
    for (let i = 0; i < files.length; i++) {
      if (indexOf(files[i], PACKAGE) === -1) continue;
      const api = modules[files[i]]?.exports as Api;
      const registered = (globalThis as unknown as Record<symbol, { context?: unknown } | undefined>)[REGISTERED];
      // Without one nothing is ever active.
      if (registered?.context === undefined) api.context.setGlobalContextManager(new ContextManager(api.ROOT_CONTEXT));
      return new OpenTelemetry(api);
    }
    return undefined;
  }

  /** `variables`: of the call; its `TRACEPARENT` is a valid one. */
  run({ TRACEPARENT: traceparent, TRACESTATE: tracestate }: Record<string, string>, run: () => void): void {
    const { api } = this;
    const span = {
      traceId: slice(traceparent, 3, 35),
      spanId: slice(traceparent, 36, 52),
      traceFlags: indexOf(ODD_DIGITS, slice(traceparent, 54, 55)) === -1 ? 0 : 1,
      traceState: tracestate === undefined ? undefined : api.createTraceState?.(tracestate),
      isRemote: true,
    };
    api.context.with(api.trace.setSpanContext(api.ROOT_CONTEXT, span), run);
  }
}

/** As the interface of that name in the package: what is active follows promises and callbacks. */
class ContextManager {
  private readonly store = new AsyncLocalStorage<unknown>();

  constructor(private readonly root: unknown) {}

  active(): unknown {
    return this.store.getStore() ?? this.root;
  }

  with(context: unknown, run: (...given: unknown[]) => unknown, self: unknown, ...given: unknown[]): unknown {
    return this.store.run(context, () => apply<unknown, unknown[], unknown>(run, self, given));
  }

  bind(context: unknown, target: unknown): unknown {
    if (typeof target !== 'function') return target;
    const { store } = this;
    return function (this: unknown, ...given: unknown[]): unknown {
      return store.run(context, () => apply<unknown, unknown[], unknown>(target as () => unknown, this, given));
    };
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.store.disable();
    return this;
  }
}
