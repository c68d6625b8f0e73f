/** The own fields of an error, as far as they are JSON through and through: texts, numbers, plain objects and lists. */
import { MAX_THROWN } from '@invoq/contract/thrown-error';
import {
  bare,
  getPrototypeOf,
  isArray,
  isFinite,
  isProxy,
  keys,
  plainPrototype,
  reflectGet,
} from '../pipe/primordials';

/** What may still be said, in characters or so. */
export interface Room {
  left: number;
}

/** Other members of the description of an error say it. */
const STANDARD_FIELDS = bare({ ['__proto__']: 1, name: 1, message: 1, stack: 1, code: 1, cause: 1, errors: 1 });
/** Own fields checked. */
const MAX_FIELDS = 32;
/** Of what a field costs beside its value. */
const FIELD_COST = 8;

/** A field that holds anything else (a class, a function, a circle) or finds no room is left out as a whole. */
export function detailsOf(thrown: object, room: Room): Record<string, unknown> | undefined {
  let details: Record<string, unknown> | undefined;
  try {
    // What refuses to be checked has no fields.
    const names = isProxy(thrown) ? [] : keys(thrown);
    for (let i = 0; i < names.length && i < MAX_FIELDS; i++) {
      if (names[i] in STANDARD_FIELDS) continue;
      const own: Room = { left: room.left - names[i].length - FIELD_COST };
      const copy = copyOf(propertyOf(thrown, names[i]), own, MAX_THROWN.detailDepth);
      if (copy === undefined || own.left < 0) continue;
      room.left = own.left;
      details ??= bare({});
      details[names[i]] = copy;
    }
  } catch {
    return details;
  }
  return details;
}

/** Reads one property that may be missing, or a getter that throws. */
export function propertyOf(thrown: object, key: string): unknown {
  try {
    return reflectGet(thrown, key) as unknown;
  } catch {
    return undefined;
  }
}

/** undefined: it is no JSON, or there is no room for it. */
function copyOf(value: unknown, room: Room, depth: number): unknown {
  room.left -= FIELD_COST;
  if (room.left < 0) return undefined;
  switch (typeof value) {
    case 'string':
      room.left -= value.length;
      return room.left < 0 ? undefined : value;
    case 'number':
      return isFinite(value) ? value : undefined;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      return depth === 0 || isProxy(value) ? undefined : copyOfObject(value, room, depth - 1);
    default:
      return undefined;
  }
}

function copyOfObject(value: object, room: Room, depth: number): unknown {
  const isList = isArray(value);
  const prototype = getPrototypeOf(value) as object | null;
  if (!isList && prototype !== null && prototype !== plainPrototype) return undefined;
  const names = keys(value);
  if (isList && names.length !== value.length) return undefined;
  const list: unknown[] = [];
  const members: Record<string, unknown> = bare({});
  for (let i = 0; i < names.length; i++) {
    if (names[i] === '__proto__') return undefined;
    room.left -= isList ? 0 : names[i].length;
    const copy = copyOf(propertyOf(value, names[i]), room, depth);
    if (copy === undefined) return undefined;
    if (isList) list[i] = copy;
    else members[names[i]] = copy;
  }
  return isList ? list : members;
}
