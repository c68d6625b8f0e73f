/**
 * The plans of calls that ask for nothing of their own: made once for each function as it was read, and shared by its calls.
 * What has been worked out from a shared plan need not be worked out again (`kindOf` in libs/store/submission).
 */
import type { FunctionSpec } from '@invoq/contract/function';
import type { Plan } from '@invoq/policy/plan';
import type { Call } from './call';

interface Pair {
  sync?: Plan;
  async?: Plan;
}

export class UsualPlans {
  private readonly pairs = new WeakMap<FunctionSpec, Pair>();

  /** `depth`: of the caller. `make`: how a plan for this call is made. A shared plan is frozen. */
  of(spec: FunctionSpec, depth: number, call: Call, make: () => Plan): Plan {
    if (depth > 0 || spec.callback !== undefined || !asksForNothing(call)) return make();
    let pair = this.pairs.get(spec);
    if (pair === undefined) this.pairs.set(spec, (pair = {}));
    return (pair[call.sync ? 'sync' : 'async'] ??= Object.freeze(make()));
  }
}

/** Nothing of what a plan is made of, beside the function and the mode. */
function asksForNothing(call: Call): boolean {
  if (call.onTimeout !== 'fail' || call.timeoutMs !== undefined || call.waitMs !== undefined) return false;
  if (call.priority !== undefined || call.retry !== undefined || call.replay !== undefined) return false;
  if (call.delayMs !== undefined || call.runAt !== undefined) return false;
  return call.idempotencyKey === undefined && call.callback === undefined;
}
