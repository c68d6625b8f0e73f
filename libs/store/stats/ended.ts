/** Ends that the record protocol itself writes, for whoever counts them. */
import type { Outcome } from '@invoq/contract/outcome';
import type { EndedCall } from '@invoq/policy/stats/tally';

/** Called by whoever wrote an end, once. */
export type OnEnd = (call: EndedCall) => void;

/** `waited`: as `end_record` of `end.lua` answers. */
export function endedCall(of: { env: string; function: string }, outcome: Outcome, waited: number): EndedCall {
  return { env: of.env, function: of.function, outcome, waitMs: waited < 0 ? undefined : waited };
}
