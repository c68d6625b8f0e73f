/** What one slice of load came to: calls a second, and how long a call took. */
import { quantile } from '../statistics.mjs';

/** @param {number[]} latencies ms, of the calls that ended in the slice @param {number} ms length of the slice */
export function sampleOf(latencies, ms) {
  return {
    calls: latencies.length,
    ms,
    perSecond: latencies.length / (ms / 1_000),
    /** Of the calls that nothing else on the machine got in the way of. */
    p10: quantile(latencies, 0.1),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}
