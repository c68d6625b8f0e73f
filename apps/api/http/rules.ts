/** The rules of a DTO class, as class-validator keeps them; those of the classes that it was made of among them. */
import { getMetadataStorage } from 'class-validator';

export type Dto = new () => object;
export type Rule = ReturnType<typeof rulesOf>[number];

export function rulesOf(dto: Dto): ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']> {
  return getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
}

/** `@IsOptional()`: the property may be missing, or null. */
export function isThatOfOptional({ type, name }: Rule): boolean {
  return type === 'conditionalValidation' && name === 'isOptional';
}
