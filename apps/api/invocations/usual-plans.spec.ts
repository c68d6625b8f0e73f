/** A shared plan is the one that the call would have got by itself, and calls that ask for anything share none. */
import type { FunctionSpec } from '@invoq/contract/function';
import type { Plan } from '@invoq/policy/plan';
import type { Call } from './call';
import { UsualPlans } from './usual-plans';

const SPEC = { env: 'default', name: 'f', queue: 'default' } as FunctionSpec;
const CALL: Call = {
  requestID: 'r',
  function: 'f',
  data: '{}',
  sync: true,
  onTimeout: 'fail',
  origin: { eventType: 'api' },
};

let made: number;
const make = (): Plan => ({ timeoutMs: ++made }) as Plan;
const isShared = (call: Partial<Call>, depth = 0, spec = SPEC): boolean => {
  made = 0;
  const plans = new UsualPlans();
  const [first, second] = [1, 2].map(() => plans.of(spec, depth, { ...CALL, ...call }, make));
  return first === second && made === 1;
};

test('calls of one function and mode share a plan that nobody can change', () => {
  made = 0;
  const plans = new UsualPlans();
  const plan = plans.of(SPEC, 0, CALL, make);
  expect(plans.of(SPEC, 0, { ...CALL, requestID: 'other', data: '[1]' }, make)).toBe(plan);
  expect(Object.isFrozen(plan)).toBe(true);
  expect(plans.of(SPEC, 0, { ...CALL, sync: false }, make)).not.toBe(plan);
  expect(plans.of({ ...SPEC }, 0, CALL, make)).not.toBe(plan);
});

test('a call that asks for anything, or comes from a function, has a plan of its own', () => {
  const asking: Partial<Call>[] = [
    { onTimeout: 'detach' }, { timeoutMs: 1 }, { waitMs: 1 }, { priority: 0 }, { retry: {} }, { replay: { of: 'r' } },
    { delayMs: 0 }, { runAt: 0 }, { idempotencyKey: 'k' }, { callback: null },
  ]; // prettier-ignore
  expect(isShared({})).toBe(true);
  expect(asking.filter((call) => isShared(call))).toEqual([]);
  expect(isShared({}, 1)).toBe(false);
  expect(isShared({}, 0, { ...SPEC, callback: { url: 'https://a.example/', events: ['succeeded'] } as never })).toBe(
    false,
  );
});
