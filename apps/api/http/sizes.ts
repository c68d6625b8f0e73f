/**
 * The sizes that texts and lists in a body may have. They are checked before any rule runs, as class-validator runs all
 * rules of a field, also over a text that `@MaxLength()` finds too long.
 */
import { getMetadataStorage } from 'class-validator';
import type { FieldError } from '@invoq/contract/refusal';
import { isObject, partsOf } from './part';
import { type Dto, type Rule, rulesOf } from './rules';

/** Of a text that a pattern or a format is asked of, and of a list, when their class says nothing. */
const MAX_TEXT = 1_000;
const MAX_LIST = 1_000;
/** Rules that take no time over a text of any length. */
const INSTANT = new Set(['isString', 'isBoolean', 'isInt', 'isIn', 'isObject', 'isArray', 'min', 'max', 'isOptional']);

interface Sizes {
  text: number;
  list: number;
  /** Of a text in a list. */
  item: number;
}

const SIZES = new WeakMap<object, ReadonlyMap<string, Sizes>>();

/** What is too large in an instance of a DTO class. `path`: of the instance in the body, such as `retry.`. */
export function sizeErrors(dto: object, type: Dto, path = ''): FieldError[] {
  const faults: FieldError[] = [];
  for (const [name, sizes] of sizesOf(type)) {
    const value: unknown = Reflect.get(dto, name);
    const part = partsOf(type).get(name);
    const rule = ruleBrokenBy(value, sizes);
    if (rule !== undefined) faults.push({ field: path + name, rule });
    else if (part && isObject(value)) faults.push(...sizeErrors(value, part, `${path}${name}.`));
  }
  return faults;
}

function ruleBrokenBy(value: unknown, { text, list, item }: Sizes): string | undefined {
  if (typeof value === 'string') return isTooLong(value, text) ? tooLong(text) : undefined;
  if (!Array.isArray(value)) return undefined;
  if (value.length > list) return `must contain no more than ${list} elements`;
  const isLong = value.some((one) => typeof one === 'string' && isTooLong(one, item));
  return isLong ? `must have elements of at most ${item} characters each` : undefined;
}

/** Characters beyond the first 65,536 are two in a text: nothing that a rule would let pass is refused here. */
function isTooLong(value: string, max: number): boolean {
  return value.length > 2 * max;
}

function tooLong(max: number): string {
  return `must be shorter than or equal to ${max} characters`;
}

function sizesOf(type: Dto): ReadonlyMap<string, Sizes> {
  let sizes = SIZES.get(type);
  if (!sizes) {
    const byProperty = getMetadataStorage().groupByPropertyName(rulesOf(type));
    SIZES.set(type, (sizes = new Map(Object.entries(byProperty).map(([name, rules]) => [name, sizesBy(rules)]))));
  }
  return sizes;
}

function sizesBy(rules: Rule[]): Sizes {
  const limit = (name: string, at: number): number | undefined =>
    rules.find((rule) => rule.name === name)?.constraints?.[at] as number | undefined;
  const takeTime = rules.filter(({ type, name = '' }) => type === 'customValidation' && !INSTANT.has(name));
  return {
    text: limit('maxLength', 0) ?? limit('isLength', 1) ?? (takeTime.length > 0 ? MAX_TEXT : Infinity),
    list: limit('arrayMaxSize', 0) ?? (takeTime.length > 0 ? MAX_LIST : Infinity),
    item: takeTime.some(({ each }) => each) ? MAX_TEXT : Infinity,
  };
}
