import { RETRY_DEFAULTS, type RetryRule } from '@invoq/contract/retry';
import type { Ending } from '@invoq/contract/outcome';
import { retryAfter, retryRule } from './retry';

const RULE: RetryRule = { ...RETRY_DEFAULTS, attempts: 4, backoffMs: 100, maxBackoffMs: 300, maxAgeMs: 10_000 };
const threw = (retry?: { retryable?: false; afterMs?: number }): Ending => ({
  outcome: 'failed', type: 'FUNCTION_ERROR', message: 'no', retry,
}); // prettier-ignore
const crashed: Ending = { outcome: 'crashed', type: 'FUNCTION_CRASHED', message: 'gone' };
const first = { starts: 1, ageMs: 0 };

describe('retryRule', () => {
  it('is none when nobody asks', () => expect(retryRule(undefined, undefined)).toBeUndefined());
  it('is the defaults for an empty wish', () => expect(retryRule({}, undefined)).toEqual(RETRY_DEFAULTS));
  it('a call goes over its function, field by field', () => {
    const rule = retryRule({ attempts: 5, backoffMs: 7 }, { attempts: 2, backoffMs: undefined });
    expect(rule).toEqual({ ...RETRY_DEFAULTS, attempts: 2, backoffMs: 7 });
  });
  it('one attempt turns it off', () => expect(retryRule({ attempts: 5 }, { attempts: 1 })).toBeUndefined());
  it('a long first pause is not cut by a default', () =>
    expect(retryRule({ backoffMs: 90_000 }, undefined)).toMatchObject({ maxBackoffMs: 90_000 }));
});

describe('retryAfter', () => {
  const cases: [string, Ending, Partial<RetryRule>, { starts: number; ageMs: number }, number | undefined][] = [
    ['an error is retried', threw(), {}, first, 100],
    ['a crash is retried', crashed, {}, first, 100],
    ['a pause doubles', threw(), {}, { starts: 2, ageMs: 0 }, 200],
    ['up to the longest', threw(), {}, { starts: 3, ageMs: 0 }, 300],
    ['the last start is the last', threw(), {}, { starts: 4, ageMs: 0 }, undefined],
    ['a timeout is not, unless asked', { outcome: 'timedOut', limitMs: 1 }, {}, first, undefined],
    ['a timeout is when asked', { outcome: 'timedOut', limitMs: 1 }, { on: ['FUNCTION_TIMEOUT'] }, first, 100],
    ['an error is not when others are asked', threw(), { on: ['FUNCTION_TIMEOUT'] }, first, undefined],
    ['a refusal never is', { outcome: 'failed', type: 'FUNCTION_NOT_FOUND', message: '' }, {}, first, undefined],
    ['a cancelled one never is', { outcome: 'cancelled', started: true }, {}, first, undefined],
    ['nor a success', { outcome: 'succeeded', result: '1' }, {}, first, undefined],
    ['retryable: false ends it', threw({ retryable: false }), {}, first, undefined],
    ['retryAfter is obeyed, beyond the longest pause too', threw({ afterMs: 2_000 }), {}, first, 2_000],
    ['nothing starts beyond the highest age', threw(), {}, { starts: 1, ageMs: 9_901 }, undefined],
    ['nor when the function asks to wait beyond it', threw({ afterMs: 10_001 }), {}, first, undefined],
  ]; // prettier-ignore
  it.each(cases)('%s', (_, ending, own, tried, afterMs) =>
    expect(retryAfter(ending, { ...RULE, ...own }, tried, 1)).toBe(afterMs),
  );
  it('is never without a rule', () => expect(retryAfter(threw(), undefined, first, 1)).toBeUndefined());
  it('half of a pause is chance', () => {
    expect(retryAfter(threw(), RULE, first, 0)).toBe(50);
    expect(retryAfter(threw(), RULE, first, 0.5)).toBe(75);
  });
});
