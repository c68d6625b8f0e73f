/**
 * Tells of most good bodies, at a glance, that they break no rule. It is made of class-validator's own rules, once for each
 * DTO class, and knows the few kinds that calls are made of; whatever it is not sure of is left to class-validator. To go
 * through that for every call took longer than to parse its body.
 */
import { getMetadataStorage } from 'class-validator';
import { type Dto, isThatOfOptional, type Rule, rulesOf } from './rules';

type Check = (value: unknown) => boolean;

interface FastCheck {
  /** Properties of which one can be sure, and when. */
  checks: Map<string, Check>;
  /** Properties that must be there. */
  needed: string[];
}

/** `@Allow()`: any value, or none. */
const WHITELIST = 'whitelistValidation';
/** Characters of a text that a pattern is asked of here. */
const MAX_MATCHED = 1_000;
const GLANCES = new WeakMap<object, FastCheck>();

/** No: look at it by the rules. `isOpen`: a property without rules is no fault. */
export function isFastValid(body: object, dto: Dto, isOpen: boolean): boolean {
  const { checks, needed } = fastCheckOf(dto);
  for (const name of Object.keys(body)) {
    const check = checks.get(name);
    if (check === undefined ? !isOpen || name in dto.prototype : !check(Reflect.get(body, name))) return false;
  }
  return needed.every((name) => Object.hasOwn(body, name));
}

function fastCheckOf(dto: Dto): FastCheck {
  const known = GLANCES.get(dto);
  if (known) return known;
  const fastCheck: FastCheck = { checks: new Map(), needed: [] };
  const byProperty = getMetadataStorage().groupByPropertyName(rulesOf(dto));
  for (const [name, rules] of Object.entries(byProperty)) {
    const isOptional = rules.some((rule) => isThatOfOptional(rule) || rule.type === WHITELIST);
    if (!isOptional) fastCheck.needed.push(name);
    // Null is missing, too (missing.ts); that is rare enough to be checked by the rules.
    const checks = rules.filter((rule) => !isThatOfOptional(rule)).map(checkOf);
    fastCheck.checks.set(name, (value) => checks.every((check) => check(value)));
  }
  GLANCES.set(dto, fastCheck);
  return fastCheck;
}

function checkOf(rule: Rule): Check {
  const check = checkOfOne(rule);
  return rule.each === true ? (value) => Array.isArray(value) && value.every(check) : check;
}

function checkOfOne({ type, name, constraints }: Rule): Check {
  if (type === WHITELIST) return () => true;
  const [limit] = (constraints ?? []) as [unknown];
  switch (name) {
    case 'isBoolean':
      return (value) => typeof value === 'boolean';
    case 'isString':
      return (value) => typeof value === 'string';
    case 'isInt':
      return Number.isInteger;
    case 'min':
      return (value) => typeof value === 'number' && value >= (limit as number);
    case 'max':
      return (value) => typeof value === 'number' && value <= (limit as number);
    case 'maxLength':
      return (value) => typeof value === 'string' && value.length <= (limit as number);
    case 'matches':
      // Not over a text of any length: the rules refuse a long one before they look at it.
      return (value) => typeof value === 'string' && value.length <= MAX_MATCHED && (limit as RegExp).test(value);
    case 'isArray':
      return Array.isArray;
    case 'arrayMaxSize':
      return (value) => Array.isArray(value) && value.length <= (limit as number);
    case 'arrayUnique':
      return (value) => Array.isArray(value) && new Set(value).size === value.length;
    case 'isIn':
      return (value) => Array.isArray(limit) && limit.includes(value);
    default:
      return never;
  }
}

/** Of this nobody can be sure at a glance. */
function never(): boolean {
  return false;
}
