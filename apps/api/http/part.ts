/** A body within a body: `@Part(RetryDto) retry?: RetryDto` is checked by the rules of its own class. */
import { applyDecorators } from '@nestjs/common';
import { IsObject, ValidateNested } from 'class-validator';
import { type Dto, propertiesOf, rulesOf } from './rules';

const PARTS = new WeakMap<object, ReadonlyMap<string, Dto>>();

export function Part(part: Dto): PropertyDecorator {
  return applyDecorators(IsObject(), ValidateNested({ context: { part } }));
}

/**
 * A new instance with the properties that its class knows, and no other: class-validator finds rules by `constructor`, a
 * name that a caller may give as well. Parts become instances of their own classes.
 */
export function instanceOf<T extends object>(type: new () => T, value: object): T {
  const instance = new type();
  const parts = partsOf(type);
  for (const name of propertiesOf(type)) {
    if (!Object.hasOwn(value, name)) continue;
    const field: unknown = Reflect.get(value, name);
    const part = parts.get(name);
    Reflect.set(instance, name, part && isObject(field) ? instanceOf(part, field) : field);
  }
  return instance;
}

/** Asked of the rules themselves, since these are what a class made of another one (`OmitType`) takes over. */
export function partsOf(type: Dto): ReadonlyMap<string, Dto> {
  let parts = PARTS.get(type);
  if (!parts) {
    const found = rulesOf(type).flatMap(({ propertyName, context }) => {
      const { part } = (context ?? {}) as { part?: Dto };
      return part ? [[propertyName, part] as [string, Dto]] : [];
    });
    PARTS.set(type, (parts = new Map(found)));
  }
  return parts;
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
