/** The field `retention` of `functions.json`, read strictly. */
import { type Retention, RETENTION_LIMITS } from '@invoq/contract/function';

type RetentionInput = Partial<Retention>;

/** `faults`: takes what breaks a rule, each named with its path. The fields of `base` stay unless others are given. */
export function readRetention(
  value: unknown,
  base: RetentionInput | undefined,
  path: string,
  faults: string[],
): RetentionInput {
  const retention: RetentionInput = { ...base };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.push(`${path}: must be an object with syncMs, asyncMs, deadMs, or some of them`);
    return retention;
  }
  for (const [field, ms] of Object.entries(value as Record<string, unknown>)) {
    if (!isField(field)) {
      faults.push(`${path}.${field}: unknown field`);
      continue;
    }
    const { min, max } = RETENTION_LIMITS[field];
    if (Number.isInteger(ms) && (ms as number) >= min && (ms as number) <= max) retention[field] = ms as number;
    else faults.push(`${path}.${field}: must be an integer from ${min} to ${max} (ms)`);
  }
  return retention;
}

function isField(field: string): field is keyof Retention {
  return Object.hasOwn(RETENTION_LIMITS, field);
}
