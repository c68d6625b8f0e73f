/** A body within a body: `@Part(RetryDto) retry?: RetryDto` is checked by the rules of its own class. */
import { applyDecorators } from '@nestjs/common';
import { IsObject, ValidateNested } from 'class-validator';
import { type Dto, rulesOf } from './rules';

const PARTS = new WeakMap<object, [property: string, dto: Dto][]>();

export function Part(part: Dto): PropertyDecorator {
  return applyDecorators(IsObject(), ValidateNested({ context: { part } }));
}

/** The same object, its parts made instances of their classes: rules are found by class. `type`: that of the object. */
export function withParts<T extends object>(body: T, type: new () => object): T {
  for (const [property, dto] of partsOf(type)) {
    const value: unknown = Reflect.get(body, property);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    Reflect.set(body, property, withParts(Object.assign(new dto(), value), dto));
  }
  return body;
}

/** Asked of the rules themselves, since these are what a class made of another one (`OmitType`) takes over. */
export function partsOf(type: object): [string, Dto][] {
  let parts = PARTS.get(type);
  if (!parts) {
    parts = rulesOf(type as Dto).flatMap(({ propertyName, context }) => {
      const { part } = (context ?? {}) as { part?: Dto };
      return part ? [[propertyName, part] as [string, Dto]] : [];
    });
    PARTS.set(type, parts);
  }
  return parts;
}
