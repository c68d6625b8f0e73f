/** Is what failed started again, and after how long? Pure: chance and time are handed in. */
import { RETRY_DEFAULTS, type RetryRule, type RetryInput } from '@invoq/contract/retry';
import { type Ending, errorTypeOf } from '@invoq/contract/outcome';

/** The rule of one call: what the call says over what its function says. Undefined: nothing is retried. */
export function retryRule(ofFunction: RetryInput | undefined, ofCall: RetryInput | undefined): RetryRule | undefined {
  if (ofFunction === undefined && ofCall === undefined) return undefined;
  const input = { ...defined(ofFunction), ...defined(ofCall) };
  const rule = { ...RETRY_DEFAULTS, ...input };
  // A first pause that is longer than the longest by default was meant.
  if (input.maxBackoffMs === undefined) rule.maxBackoffMs = Math.max(rule.maxBackoffMs, rule.backoffMs);
  return rule.attempts > 1 ? rule : undefined;
}

export interface Tried {
  /** Starts that count against the rule, the failed one among them. */
  starts: number;
  /** Since the call could first run, ms. */
  ageMs: number;
}

/** ms until the next start; undefined: it has failed for good. `chance`: 0 to 1. */
export function retryAfter(
  ending: Ending,
  rule: RetryRule | undefined,
  { starts, ageMs }: Tried,
  chance: number,
): number | undefined {
  const type = errorTypeOf(ending);
  if (rule === undefined || starts >= rule.attempts || !rule.on.some((each) => each === type)) return undefined;
  const said = ending.outcome === 'failed' ? ending.retry : undefined;
  if (said?.retryable === false) return undefined;
  const afterMs = said?.afterMs ?? backoff(rule, starts, chance);
  return ageMs + afterMs <= rule.maxAgeMs ? afterMs : undefined;
}

/** Doubled for each failure; half of it by chance, so that what failed together does not come back together. */
function backoff({ backoffMs, maxBackoffMs }: RetryRule, failures: number, chance: number): number {
  const grown = Math.min(backoffMs * 2 ** (failures - 1), maxBackoffMs);
  return Math.round(grown / 2 + (chance * grown) / 2);
}

function defined(input: RetryInput = {}): RetryInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
