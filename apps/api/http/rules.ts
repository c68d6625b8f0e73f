/** The rules of a DTO class, as class-validator keeps them; those of the classes that it was made of among them. */
import { getMetadataStorage } from 'class-validator';

export type Dto = new () => object;
export type Rule = ReturnType<typeof rulesOf>[number];

const PROPERTIES = new WeakMap<object, ReadonlySet<string>>();

export function rulesOf(dto: Dto): ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']> {
  return getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
}

/** All that have a rule: the fields that a body of this class may have. */
export function propertiesOf(dto: Dto): ReadonlySet<string> {
  let properties = PROPERTIES.get(dto);
  if (!properties) {
    PROPERTIES.set(dto, (properties = new Set(rulesOf(dto).map(({ propertyName }) => propertyName))));
  }
  return properties;
}

/** `@IsOptional()`: the property may be missing, or null. */
export function isThatOfOptional({ type, name }: Rule): boolean {
  return type === 'conditionalValidation' && name === 'isOptional';
}
