/**
 * Finds what JSON loses of a result: a Map, a Set, an Error, a promise nobody waited for are written as `{}`, NaN as `null`.
 * The answer stays as JSON has it, as in the original systems; the call's log says what was lost, and where.
 */
import {
  dateMs,
  getPrototypeOf,
  indexOf,
  isArray,
  isDate,
  isFinite,
  isProxy,
  keys,
  plainPrototype,
  types,
} from '../pipe/primordials';
import { crop } from './cut';
import { propertyOf } from './details';

/** Values checked in a result whose JSON looks complete, and in one that shows a gap. */
const SHALLOW_LIMIT = 32;
const THOROUGH_LIMIT = 5_000;
const MAX_DEPTH = 16;
/** Named in the log. */
const MAX_FOUND = 5;
const MAX_PATH = 120;

interface Walk {
  left: number;
  found: string[];
}

/** One sentence for each value of which JSON keeps nothing, or something else. `json`: what became of it. */
export function lossesOf(value: unknown, json: string): string[] {
  const walk: Walk = { left: mayLack(json) ? THOROUGH_LIMIT : SHALLOW_LIMIT, found: [] };
  try {
    visit(value, 'result', MAX_DEPTH, walk);
  } catch {
    // Getters that throw now and did not before: what was found stands.
  }
  return walk.found;
}

/** Whether the text has what a lost value leaves: an empty object, a null, a typed array written out as an object. */
function mayLack(json: string): boolean {
  return indexOf(json, '{}') !== -1 || indexOf(json, 'null') !== -1 || indexOf(json, '{"0":') !== -1;
}

function visit(value: unknown, path: string, depth: number, walk: Walk): void {
  if (typeof value === 'number') {
    if (!isFinite(value)) note(walk, path, `${value}`, 'null');
    return;
  }
  if (typeof value !== 'object' || value === null || isProxy(value)) return;
  if (walk.left-- <= 0 || depth === 0 || walk.found.length >= MAX_FOUND) return;
  const isList = isArray(value);
  const prototype = isList ? null : (getPrototypeOf(value) as object | null);
  if (prototype !== null && prototype !== plainPrototype) {
    if (isDate(value)) {
      if (dateMs(value) !== dateMs(value)) note(walk, path, 'an invalid Date', 'null');
      return;
    }
    if (typeof propertyOf(value, 'toJSON') === 'function') return;
    const kind = kindOf(value, prototype);
    if (kind !== undefined) return note(walk, path, kind, keys(value).length === 0 ? '{}' : 'its own fields');
  }
  const names = keys(value);
  for (let i = 0; i < names.length && walk.left > 0; i++) {
    const member = propertyOf(value, names[i]);
    const isBranch = typeof member === 'object' && member !== null;
    if (!isBranch && typeof member !== 'number') walk.left -= 0.25;
    else visit(member, isList ? `${path}[${names[i]}]` : `${path}.${names[i]}`, depth - 1, walk);
  }
}

/** What an object is whose content JSON does not write; undefined when it is the sum of its fields. */
function kindOf(value: object, prototype: object): string | undefined {
  if (types.isPromise(value)) return 'a Promise that was not awaited';
  if (types.isMap(value)) return 'a Map';
  if (types.isSet(value)) return 'a Set';
  if (types.isNativeError(value)) return 'an Error';
  if (types.isGeneratorObject(value)) return 'a generator';
  if (types.isRegExp(value)) return 'a RegExp';
  if (types.isAnyArrayBuffer(value)) return 'an ArrayBuffer';
  if (types.isArrayBufferView(value)) return `a ${nameOf(prototype)}`;
  const isStream = typeof propertyOf(value, 'pipe') === 'function' && typeof propertyOf(value, 'on') === 'function';
  if (isStream) return `a stream (${nameOf(prototype)})`;
  return keys(value).length === 0 ? `a ${nameOf(prototype)}` : undefined;
}

function nameOf(prototype: object): string {
  const made = propertyOf(prototype, 'constructor');
  const name = typeof made === 'function' ? propertyOf(made, 'name') : undefined;
  return typeof name === 'string' && name !== '' ? crop(name, 60) : 'value of a class';
}

function note({ found }: Walk, path: string, kind: string, left: string): void {
  if (found.length < MAX_FOUND) {
    found[found.length] = `${crop(path, MAX_PATH)} is ${kind}: JSON keeps ${left} of it.`;
  }
}
