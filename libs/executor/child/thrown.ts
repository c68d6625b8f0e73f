/** Says in plain strings what was thrown, whatever was thrown: null, a string, an object that fights back. */
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { isNativeError } from 'node:util/types';

const MAX_MESSAGE = 8 * 1024;
const MAX_STACK = 16 * 1024;

export interface Thrown {
  message: string;
  name?: string;
  stack?: string;
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
  };
}

/** Reads one property that may be missing, of another type, or a getter that throws. */
function text(thrown: object, key: string): string | undefined {
  try {
    const value: unknown = Reflect.get(thrown, key);
    return typeof value === 'string' ? value : undefined;
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
