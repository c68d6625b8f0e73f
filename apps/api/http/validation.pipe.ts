/**
 * Checks a body against its DTO class and names the fields at fault. Leaner than Nest's ValidationPipe (which converts
 * by class-transformer first and cost half of the throughput): bodies are JSON already, so there is nothing to convert.
 */
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { validateSync, type ValidationError } from 'class-validator';
import { type FieldError, MAX_FAULTS, Refusal, shown } from '@invoq/contract/refusal';
import { withoutNulls } from './missing';
import { instanceOf, isObject, partsOf } from './part';
import { type Dto, propertiesOf } from './rules';
import { sizeErrors } from './sizes';
import { isFastValid } from './fast-validator';

const OPEN = new WeakSet<object>();

/** For bodies that are not ours to close: vendors add fields as they like, and those that are not read do no harm. */
export function OpenBody(): ClassDecorator {
  return (dto) => void OPEN.add(dto);
}

function isOpen(metatype: object): boolean {
  return OPEN.has(metatype);
}

@Injectable()
export class DtoPipe implements PipeTransform {
  /** Bodies, and whole queries; a single parameter of a query is checked where it is read by its name. */
  transform(value: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    const isChecked = type === 'body' || (type === 'query' && data === undefined);
    if (!isChecked || !metatype || metatype === Object) return value;
    return checked(value, metatype as new () => object, type);
  }
}

/** The value as a DTO of this class; refuses with the fields at fault. `what`: how a value is called that is no object. */
export function checked<T extends object>(value: unknown, metatype: new () => T, what: string): T {
  if (!isObject(value)) throw refusal([{ field: what, rule: 'must be a JSON object' }]);
  if (isFastValid(value, metatype, isOpen(metatype))) return Object.assign(new metatype(), value);
  return examined(value, metatype);
}

/** By every rule, whatever it takes. */
export function examined<T extends object>(value: object, metatype: new () => T): T {
  const dto = instanceOf(metatype, value);
  const faults = isOpen(metatype) ? [] : unknownFields(value, metatype);
  const sizes = sizeErrors(dto, metatype);
  faults.push(...sizes);
  // Rules are for what has a sound size.
  if (sizes.length === 0 && faults.length < MAX_FAULTS) {
    faults.push(...validateSync(dto, { forbidUnknownValues: false }).flatMap((error) => faultsOf(error, '')));
  }
  if (faults.length > 0) throw refusal(faults);
  return withoutNulls(dto, metatype);
}

/** Names that no rule knows; no more of them than a refusal names. */
function unknownFields(value: object, type: Dto, path = ''): FieldError[] {
  const known = propertiesOf(type);
  const faults: FieldError[] = [];
  for (const name of Object.keys(value)) {
    if (!known.has(name)) faults.push({ field: path + shown(name), rule: 'is not a known field' });
    if (faults.length === MAX_FAULTS) return faults;
  }
  for (const [name, part] of partsOf(type)) {
    const field: unknown = Reflect.get(value, name);
    if (isObject(field)) faults.push(...unknownFields(field, part, `${path}${name}.`));
  }
  return faults;
}

function faultsOf(error: ValidationError, path: string): FieldError[] {
  const field = path + error.property;
  const own = Object.values(error.constraints ?? {}).map((message) => ({
    field,
    rule: ruleIn(message, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, `${field}.`))];
}

/** A message of class-validator without the name of the property that it begins with. */
function ruleIn(message: string, property: string): string {
  const rest = message.startsWith('property ') ? message.slice('property '.length) : message;
  return rest.startsWith(`${property} `) ? rest.slice(property.length + 1) : rest;
}

function refusal(faults: FieldError[]): Refusal {
  const fields = faults.slice(0, MAX_FAULTS);
  return new Refusal('INVALID_REQUEST', `${fields.map(({ field, rule }) => `${field} ${rule}`).join('; ')}.`, {
    fields,
  });
}
