/** The field `retry` of `functions.json`, read strictly. */
import { RETRY_LIMITS, RETRYABLE, type RetryInput } from '@invoq/contract/retry';

/** `faults`: takes what breaks a rule, each named with its path. The fields of `base` stay unless others are given. */
export function readRetry(value: unknown, base: RetryInput | undefined, path: string, faults: string[]): RetryInput {
  const rule: RetryInput = { ...base };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.push(`${path}: must be an object`);
    return rule;
  }
  for (const [field, own] of Object.entries(value as Record<string, unknown>)) {
    if (field === 'on') {
      if (isListOfEnds(own)) rule.on = own;
      else faults.push(`${path}.on: must be a list out of ${RETRYABLE.join(', ')}`);
    } else if (isLength(field)) {
      const { min, max } = RETRY_LIMITS[field];
      if (Number.isInteger(own) && (own as number) >= min && (own as number) <= max) rule[field] = own as number;
      else faults.push(`${path}.${field}: must be an integer from ${min} to ${max}`);
    } else {
      faults.push(`${path}.${field}: unknown field`);
    }
  }
  return rule;
}

function isLength(field: string): field is keyof typeof RETRY_LIMITS {
  return Object.hasOwn(RETRY_LIMITS, field);
}

function isListOfEnds(value: unknown): value is (typeof RETRYABLE)[number][] {
  return Array.isArray(value) && value.length > 0 && value.every((end) => RETRYABLE.some((known) => known === end));
}
