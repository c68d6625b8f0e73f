/** Says in plain JSON what was thrown, whatever was thrown: null, a string, an object that fights back. */
import { dirname, join } from 'node:path';
import { MAX_THROWN, type Reasons, type ThrownError } from '@invoq/contract/thrown-error';
import { type AnswerHead, MAX_ERROR } from '../pipe/messages';
import {
  assign,
  bare,
  dateMs,
  getPrototypeOf,
  hasOwn,
  includes,
  indexOf,
  inspect,
  isDate,
  isFinite,
  isNativeError,
  max,
  min,
  now,
  round,
  slice,
  startsWith,
} from '../pipe/primordials';
import { crop } from './cut';
import { detailsOf, propertyOf, type Room } from './details';
import { isMemoryRefusal } from './memory-refusal';

/** A hundred years; what is later than this says nothing more. */
const MAX_AFTER_MS = 100 * 365 * 86_400_000;

export interface Thrown extends Reasons {
  message: string;
  name?: string;
  stack?: string;
  /** What the error says of another try, by `retryable` and `retryAfter`. */
  retry?: { retryable?: false; afterMs?: number };
}

export function describe(thrown: unknown): Thrown {
  if (typeof thrown === 'string' && thrown !== '') return { message: crop(thrown, MAX_ERROR.message) };
  if (!isObject(thrown)) return { message: `${show(thrown)} was thrown, not an error.` };
  const name = nameOf(thrown);
  const stack = text(thrown, 'stack');
  const reasons = reasonsOf(thrown, [thrown], { left: MAX_THROWN.total });
  return {
    message: crop(messageOf(thrown, name, reasons), MAX_ERROR.message),
    ...(name ? { name: crop(name, MAX_ERROR.name) } : {}),
    ...(stack ? { stack: crop(withoutOurs(stack), MAX_ERROR.stack) } : {}),
    ...reasons,
    ...retryOf(thrown),
  };
}

/** `path`: the error itself and those that it is the cause of. */
function reasonsOf(thrown: object, path: object[], room: Room): Reasons {
  const reasons: Reasons = bare({});
  const code = propertyOf(thrown, 'code');
  if (typeof code === 'string' && code !== '') room.left -= (reasons.code = crop(code, MAX_THROWN.code)).length + 8;
  else if (typeof code === 'number' && isFinite(code)) reasons.code = code;
  const cause = propertyOf(thrown, 'cause');
  if (cause !== undefined && cause !== null) reasons.cause = behind(cause, path, room);
  const list = propertyOf(thrown, 'errors');
  const length = isNativeError(thrown) && isObject(list) ? propertyOf(list, 'length') : 0;
  if (typeof length === 'number' && length > 0) {
    const errors: ThrownError[] = [];
    for (let i = 0; i < min(length, MAX_THROWN.errors); i++) {
      const error = behind(propertyOf(list as object, `${i}`), path, room);
      if (error !== undefined) errors[errors.length] = error;
    }
    if (errors.length > 0) reasons.errors = errors;
  }
  const details = detailsOf(thrown, room);
  if (details !== undefined) reasons.details = details;
  return reasons;
}

/** An error behind another one; undefined when it stands in front as well, or there is no room for more. */
function behind(thrown: unknown, path: object[], room: Room): ThrownError | undefined {
  if (room.left <= 0 || path.length > MAX_THROWN.depth) return undefined;
  if (!isObject(thrown)) {
    const message = crop(typeof thrown === 'string' ? thrown : show(thrown), min(MAX_THROWN.message, room.left));
    room.left -= message.length + 16;
    return bare({ message });
  }
  if (includes(path, thrown)) return undefined;
  const name = nameOf(thrown);
  const longest = min(MAX_THROWN.message, room.left);
  room.left -= min(longest, (text(thrown, 'message') ?? '').length) + (name?.length ?? 0) + 32;
  path[path.length] = thrown;
  const reasons = reasonsOf(thrown, path, room);
  path.length -= 1;
  const thrownError: ThrownError = bare({ message: crop(messageOf(thrown, name, reasons), longest) });
  if (name) thrownError.name = crop(name, MAX_THROWN.name);
  return assign(thrownError, reasons);
}

/** Never empty: an error without a message is described by what it holds. */
function messageOf(thrown: object, name: string | undefined, { code, cause, errors }: Reasons): string {
  const own = text(thrown, 'message');
  if (own) return own;
  if (own === undefined && !isNativeError(thrown)) return `${show(thrown)} was thrown, not an error.`;
  if (errors !== undefined) {
    let all = '';
    for (let i = 0; i < errors.length; i++) {
      if (indexOf(all, errors[i].message) === -1) all += (all === '' ? '' : '; ') + errors[i].message;
    }
    return all;
  }
  if (cause !== undefined) return cause.message;
  return code === undefined ? `${name || 'An error'} without a message.` : `${code}`;
}

/** The class that was thrown: most classes of errors say no name of their own, and are called as what they extend. */
function nameOf(thrown: object): string | undefined {
  const name = text(thrown, 'name');
  try {
    const prototype = getPrototypeOf(thrown) as object | null;
    const isOwn = hasOwn(thrown, 'name') || prototype === null || hasOwn(prototype, 'name');
    if (isOwn || !isNativeError(thrown)) return name;
    const made = propertyOf(prototype, 'constructor');
    return (typeof made === 'function' && text(made, 'name')) || name;
  } catch {
    return name;
  }
}

/** `retryable: false` and `retryAfter`, in seconds as the HTTP header of that name has it, or a Date. */
function retryOf(thrown: object): Pick<Thrown, 'retry'> {
  const retryable: false | undefined = propertyOf(thrown, 'retryable') === false ? false : undefined;
  const after = propertyOf(thrown, 'retryAfter');
  const ms = isDate(after) ? dateMs(after) - now() : typeof after === 'number' ? after * 1_000 : NaN;
  const afterMs = isFinite(ms) ? min(MAX_AFTER_MS, max(0, round(ms))) : undefined;
  return retryable === undefined && afterMs === undefined ? {} : { retry: bare({ retryable, afterMs }) };
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function text(thrown: object, key: string): string | undefined {
  const value = propertyOf(thrown, key);
  return typeof value === 'string' ? value : undefined;
}

function show(thrown: unknown): string {
  try {
    return crop(inspect(thrown, { depth: 2, breakLength: Infinity, customInspect: false }), 1024);
  } catch {
    return 'A value that cannot be shown';
  }
}

/** Of the code that a handler is called from. */
const OURS = [__dirname, join(dirname(__dirname), 'pipe', 'frames.')];

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

/** The end of a call that threw it. */
export function failureOf(thrown: unknown, describer: (thrown: unknown) => Thrown): AnswerHead {
  if (isMemoryRefusal(thrown)) return bare({ outcome: 'outgrew', message: describer(thrown).message });
  return bare({ outcome: 'failed', type: 'FUNCTION_ERROR', ...describer(thrown) });
}
