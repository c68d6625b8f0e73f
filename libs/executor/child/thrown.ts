/** Says in plain strings what was thrown, whatever was thrown: null, a string, an object that fights back. */
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { isDate, isNativeError } from 'node:util/types';

// User code may replace globals.
const { now } = Date;

const MAX_MESSAGE = 8 * 1024;
const MAX_STACK = 16 * 1024;

export interface Thrown {
  message: string;
  name?: string;
  stack?: string;
  /** What the error says of another try, by `retryable` and `retryAfter`. */
  retry?: { retryable?: false; afterMs?: number };
}

export function describe(thrown: unknown): Thrown {
  if (typeof thrown === 'string') return { message: crop(thrown, MAX_MESSAGE) };
  if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) {
    return { message: `${show(thrown)} was thrown, not an error.` };
  }
  const name = text(thrown, 'name');
  const message = text(thrown, 'message') ?? (isNativeError(thrown) ? '' : `${show(thrown)} was thrown, not an error.`);
  const stack = text(thrown, 'stack');
  return {
    message: crop(message, MAX_MESSAGE),
    ...(name ? { name: crop(name, 256) } : {}),
    ...(stack ? { stack: crop(withoutOurs(stack), MAX_STACK) } : {}),
    ...retryOf(thrown),
  };
}

/** `retryable: false` and `retryAfter`, in seconds as the HTTP header of that name has it, or a Date. */
function retryOf(thrown: object): Pick<Thrown, 'retry'> {
  const retry: Thrown['retry'] = {};
  if (property(thrown, 'retryable') === false) retry.retryable = false;
  const after = property(thrown, 'retryAfter');
  const ms = isDate(after) ? after.getTime() - now() : typeof after === 'number' ? after * 1_000 : NaN;
  if (Number.isFinite(ms)) retry.afterMs = Math.max(0, Math.round(ms));
  return Object.keys(retry).length > 0 ? { retry } : {};
}

function text(thrown: object, key: string): string | undefined {
  const value = property(thrown, key);
  return typeof value === 'string' ? value : undefined;
}

/** Reads one property that may be missing, or a getter that throws. */
function property(thrown: object, key: string): unknown {
  try {
    return Reflect.get(thrown, key) as unknown;
  } catch {
    return undefined;
  }
}

function show(thrown: unknown): string {
  try {
    return crop(inspect(thrown, { depth: 2, breakLength: Infinity, customInspect: false }), 1024);
  } catch {
    return 'A value that cannot be shown';
  }
}

/** Of the code that a handler is called from. */
const OURS = [__dirname, join(dirname(__dirname), 'frames.')];

/** Frames of ours say nothing to whoever wrote the function. */
function withoutOurs(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !(line.startsWith('    at ') && OURS.some((path) => line.includes(path))))
    .join('\n');
}

function crop(value: string, units: number): string {
  return value.length <= units ? value : `${value.slice(0, units)}…`;
}
