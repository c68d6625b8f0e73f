/**
 * process.env, as it was before at each call: what one call sets is gone in the next.
 *
 * Reading and setting a variable are calls into the system, 0.2 and 0.8 µs each; there are ten for each call. So those of a
 * call wait until somebody asks for `process.env` at all. Who has asked once may keep the object: from then on each call
 * finds its variables set. Node's loader asks for modules with a source map: that does not count.
 */
import { MARK_VARIABLE } from '../pipe/messages';
import { bare, captureStackTrace, defineProperty, hasOwn, indexOf, keys, startsWith, slice } from '../pipe/primordials';

type Variables = Record<string, string | undefined>;

/** `maybeCacheSourceMap`, which runs for each module with a source map, reads NODE_V8_COVERAGE. */
const LOADERS = ['node:internal/source_map/', 'node:internal/modules/'];

export class Environment {
  /** What the process was born with: PATH and its like, and the mark of the sandbox. Nothing of the worker's. */
  private base: Variables = { ...process.env };
  private readonly mark = process.env[MARK_VARIABLE];
  private readonly untouched: NodeJS.ProcessEnv = process.env;
  private waiting: { readonly environment: Variables } = { environment: {} };
  private isAskedFor = false;
  private looksWhoAsks = false;

  constructor() {
    const get = (): NodeJS.ProcessEnv => (this.isLoader(get) ? this.untouched : this.handOut(this.untouched));
    const set = (value: NodeJS.ProcessEnv): NodeJS.ProcessEnv => this.handOut(value);
    defineProperty(process, 'env', { configurable: true, enumerable: true, get, set });
  }

  /** Of the program, for the rest of the process's life. */
  load(variables: Variables): void {
    this.base = { ...this.base, ...variables };
    this.set(this.untouched, {});
  }

  begin(call: { readonly environment: Variables }): void {
    if (this.isAskedFor) this.set(process.env, call.environment);
    else this.waiting = call;
  }

  /** As it stands, without asking for all. */
  get timezone(): string | undefined {
    return (this.isAskedFor ? process.env : this.untouched).TZ;
  }

  /** Is `asked` called by Node's loader? Code that makes stacks of its own (`Error.prepareStackTrace`) may ask on the way. */
  private isLoader(asked: () => unknown): boolean {
    if (this.looksWhoAsks) return false;
    this.looksWhoAsks = true;
    const holder = bare({ stack: undefined });
    try {
      captureStackTrace(holder, asked);
      return isOfLoader(holder.stack);
    } catch {
      return false;
    } finally {
      this.looksWhoAsks = false;
    }
  }

  private handOut(value: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    this.isAskedFor = true;
    this.set(this.untouched, this.waiting.environment);
    const descriptor = { __proto__: null, configurable: true, enumerable: true, writable: true, value };
    defineProperty(process, 'env', descriptor);
    return value;
  }

  private set(env: NodeJS.ProcessEnv, variables: Variables): void {
    const wanted: Variables = { ...this.base, ...variables, [MARK_VARIABLE]: this.mark };
    const present = keys(env);
    for (let i = 0; i < present.length; i++) {
      const isWanted = hasOwn(wanted, present[i]) && wanted[present[i]] !== undefined;
      if (!isWanted) delete env[present[i]];
    }
    // Setting TZ resets V8's time zone, so nothing is set that stands already.
    const names = keys(wanted);
    for (let i = 0; i < names.length; i++) {
      const value = wanted[names[i]];
      if (value !== undefined && env[names[i]] !== value) env[names[i]] = value;
    }
  }
}

/** The first line is of the error, the second one of who asks. */
function isOfLoader(stack: unknown): boolean {
  if (typeof stack !== 'string') return false;
  const from = indexOf(stack, '\n') + 1;
  const file = indexOf(stack, '(', from) + 1;
  const end = indexOf(stack, '\n', from);
  if (from === 0 || file === 0 || (end !== -1 && file > end)) return false;
  const place = slice(stack, file);
  return startsWith(place, LOADERS[0]) || startsWith(place, LOADERS[1]);
}
