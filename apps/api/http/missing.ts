/**
 * Null is as good as missing where a field may be missing: callers whose JSON is written by a library send it so. What reads
 * a body later sees the missing field alone; a field with null of its own meaning (`@Allow()`) keeps it.
 */
import { isObject, partsOf } from './part';
import { type Dto, isThatOfOptional, rulesOf } from './rules';

const OPTIONAL = new WeakMap<object, string[]>();

/** The same object, and its parts, without such nulls. */
export function withoutNulls<T extends object>(body: T, type: Dto): T {
  for (const name of optionalOf(type)) if (Reflect.get(body, name) === null) Reflect.deleteProperty(body, name);
  for (const [property, dto] of partsOf(type)) {
    const part: unknown = Reflect.get(body, property);
    if (isObject(part)) withoutNulls(part, dto);
  }
  return body;
}

function optionalOf(type: Dto): string[] {
  let names = OPTIONAL.get(type);
  if (!names) {
    OPTIONAL.set(
      type,
      (names = rulesOf(type)
        .filter(isThatOfOptional)
        .map(({ propertyName }) => propertyName)),
    );
  }
  return names;
}
