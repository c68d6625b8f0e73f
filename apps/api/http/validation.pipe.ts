/**
 * Checks a body against its DTO class and names every field at fault. Leaner than Nest's ValidationPipe (which converts
 * by class-transformer first and cost half of the throughput): bodies are JSON already, so there is nothing to convert.
 */
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { validateSync, type ValidationError } from 'class-validator';
import { withoutNulls } from './missing';
import { partsOf, withParts } from './part';
import { type FieldFault, Refusal } from '@invoq/contract/errors';
import { isSurelyFine } from './sure-check';

const OPEN = new WeakSet<object>();
const UNKNOWN_FIELD = 'is not a known field';

/** For bodies that are not ours to close: vendors add fields as they like, and those that are not read do no harm. */
export function OpenBody(): ClassDecorator {
  return (dto) => void OPEN.add(dto);
}

function isOpen(metatype: object): boolean {
  return OPEN.has(metatype);
}

@Injectable()
export class DtoPipe implements PipeTransform {
  /** Bodies, and whole queries; one parameter of a query is looked at by whoever asks for it by its name. */
  transform(value: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    const isChecked = type === 'body' || (type === 'query' && data === undefined);
    if (!isChecked || !metatype || metatype === Object) return value;
    return checked(value, metatype as new () => object, type);
  }
}

/** The value as a DTO of this class; refuses with every field at fault. `what`: how a value is called that is no object. */
export function checked<Dto extends object>(value: unknown, metatype: new () => Dto, what: string): Dto {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal([{ field: what, rule: 'must be a JSON object' }]);
  }
  const dto = Object.assign(new metatype(), value);
  return isSurelyFine(value, metatype, isOpen(metatype)) ? dto : examined(value, dto, metatype);
}

/** By every rule, whatever it takes. */
export function examined<Dto extends object>(value: object, bare: Dto, metatype: new () => Dto): Dto {
  const dto = withParts(bare, metatype);
  const known = { whitelist: true, forbidNonWhitelisted: true };
  const errors = validateSync(dto, { ...(isOpen(metatype) ? {} : known), forbidUnknownValues: false });
  const faults = errors.flatMap((error) => faultsOf(error, ''));
  if (!isOpen(metatype)) faults.push(...inheritedNames(value, metatype, '').filter(isNews(faults)));
  if (faults.length > 0) throw refusal(faults);
  return withoutNulls(dto, metatype);
}

/** `constructor` and the like are names that every object has: class-validator takes some of them for known fields. */
function inheritedNames(value: object, type: object, path: string): FieldFault[] {
  const own = Object.keys(value)
    .filter((name) => name in Object.prototype)
    .map((name) => ({ field: path + name, rule: UNKNOWN_FIELD }));
  const inParts = partsOf(type).flatMap(([property, dto]) => {
    const part: unknown = Reflect.get(value, property);
    return typeof part === 'object' && part !== null ? inheritedNames(part, dto, `${path}${property}.`) : [];
  });
  return [...own, ...inParts];
}

function isNews(known: FieldFault[]): (fault: FieldFault) => boolean {
  const fields = new Set(known.map(({ field }) => field));
  return ({ field }) => !fields.has(field);
}

function faultsOf(error: ValidationError, path: string): FieldFault[] {
  const field = path + error.property;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    rule:
      rule === 'whitelistValidation'
        ? UNKNOWN_FIELD
        : message.replace(new RegExp(`^(property )?${error.property} `), ''),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, `${field}.`))];
}

function refusal(fields: FieldFault[]): Refusal {
  return new Refusal('INVALID_REQUEST', `${fields.map(({ field, rule }) => `${field} ${rule}`).join('; ')}.`, {
    fields,
  });
}
