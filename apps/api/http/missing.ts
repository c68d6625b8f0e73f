/**
 * Null is as good as missing where a field may be missing: callers whose JSON is written by a library send it so. What reads
 * a body later sees the missing field alone; a field with null of its own meaning (`@Allow()`) keeps it.
 */
import { getMetadataStorage } from 'class-validator';
import { partsOf } from './part';

type Dto = new () => object;
type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

const OPTIONAL = new WeakMap<object, string[]>();

export function isThatOfOptional({ type, name }: Rule): boolean {
  return type === 'conditionalValidation' && name === 'isOptional';
}

/** The same object, and its parts, without such nulls. */
export function withoutNulls<T extends object>(body: T, type: Dto): T {
  for (const name of optionalOf(type)) if (Reflect.get(body, name) === null) Reflect.deleteProperty(body, name);
  for (const [property, dto] of partsOf(type)) {
    const part: unknown = Reflect.get(body, property);
    if (typeof part === 'object' && part !== null) withoutNulls(part, dto);
  }
  return body;
}

function optionalOf(type: Dto): string[] {
  let names = OPTIONAL.get(type);
  if (!names) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    OPTIONAL.set(type, (names = rules.filter(isThatOfOptional).map(({ propertyName }) => propertyName)));
  }
  return names;
}
