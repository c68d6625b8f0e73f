/** What one slice of load came to: calls a second, and how long a call took. */
import { quantile } from '../statistics.mjs';

/**
 * @param {number[]} answered ms, of the calls that ended in the slice
 * @param {number} ms length of the slice
 * @param {number[]} [unheard] ms, of the callers that never heard: how long they waited. Their calls count as none, their waits
 *   as all others, or a rival that drops calls would look quick.
 */
export function sampleOf(answered, ms, unheard = []) {
  const latencies = [...answered, ...unheard];
  return {
    calls: answered.length,
    errors: unheard.length,
    ms,
    perSecond: answered.length / (ms / 1_000),
    /** Of the calls that nothing else on the machine got in the way of. */
    p10: quantile(latencies, 0.1),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}
