/** Says in plain strings what was thrown, whatever was thrown: null, a string, an object that fights back. */
import { dirname, join } from 'node:path';
import { MAX_ERROR } from '../messages';
import {
  bare,
  dateMs,
  indexOf,
  inspect,
  isDate,
  isFinite,
  isNativeError,
  max,
  min,
  now,
  reflectGet,
  round,
  slice,
  startsWith,
} from '../primordials';

/** A hundred years; what is later than this says nothing more. */
const MAX_AFTER_MS = 100 * 365 * 86_400_000;

export interface Thrown {
  message: string;
  name?: string;
  stack?: string;
  /** What the error says of another try, by `retryable` and `retryAfter`. */
  retry?: { retryable?: false; afterMs?: number };
}

export function describe(thrown: unknown): Thrown {
  if (typeof thrown === 'string') return { message: crop(thrown, MAX_ERROR.message) };
  if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) {
    return { message: `${show(thrown)} was thrown, not an error.` };
  }
  const name = text(thrown, 'name');
  const message = text(thrown, 'message') ?? (isNativeError(thrown) ? '' : `${show(thrown)} was thrown, not an error.`);
  const stack = text(thrown, 'stack');
  return {
    message: crop(message, MAX_ERROR.message),
    ...(name ? { name: crop(name, MAX_ERROR.name) } : {}),
    ...(stack ? { stack: crop(withoutOurs(stack), MAX_ERROR.stack) } : {}),
    ...retryOf(thrown),
  };
}

/** `retryable: false` and `retryAfter`, in seconds as the HTTP header of that name has it, or a Date. */
function retryOf(thrown: object): Pick<Thrown, 'retry'> {
  const retryable: false | undefined = property(thrown, 'retryable') === false ? false : undefined;
  const after = property(thrown, 'retryAfter');
  const ms = isDate(after) ? dateMs(after) - now() : typeof after === 'number' ? after * 1_000 : NaN;
  const afterMs = isFinite(ms) ? min(MAX_AFTER_MS, max(0, round(ms))) : undefined;
  return retryable === undefined && afterMs === undefined ? {} : { retry: bare({ retryable, afterMs }) };
}

function text(thrown: object, key: string): string | undefined {
  const value = property(thrown, key);
  return typeof value === 'string' ? value : undefined;
}

/** Reads one property that may be missing, or a getter that throws. */
function property(thrown: object, key: string): unknown {
  try {
    return reflectGet(thrown, key) as unknown;
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
  let kept = '';
  for (let at = 0; at <= stack.length;) {
    const end = indexOf(stack, '\n', at);
    const line = end === -1 ? slice(stack, at) : slice(stack, at, end);
    if (!isOurs(line)) kept += at === 0 ? line : `\n${line}`;
    if (end === -1) break;
    at = end + 1;
  }
  return kept;
}

function isOurs(line: string): boolean {
  if (!startsWith(line, '    at ')) return false;
  for (let i = 0; i < OURS.length; i++) if (indexOf(line, OURS[i]) !== -1) return true;
  return false;
}

function crop(value: string, units: number): string {
  return value.length <= units ? value : `${slice(value, 0, units)}…`;
}
