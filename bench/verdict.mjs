/** Whether measured ratios are as good as the baseline's. */

/** A ratio may be worse than the baseline's by this part of it. */
export const TOLERANCE = 0.25;

/**
 * What is looked at: what a call costs; and with one caller how long it takes, with many how many get through. Accepted
 * calls count when they have ended: API and workers share the cores, so how many are accepted meanwhile says who got them.
 */
const KINDS = { 'sync-1': ['cpu', 'latency'], 'sync-64': ['cpu', 'rate'], 'accept-64': ['cpu', 'ended'] };
/**
 * With more of the machine in use by others, times tell more about them than about us: our calls cross more processes
 * than the rival's, so each wait for a core falls on us more often. CPU time a call always counts.
 */
const QUIET_SHARE = { cpu: 1, latency: 0.4, rate: 0.15, ended: 0.15 };

const WORDS = {
  latency: 'speed of a call',
  cpu: 'calls for the same CPU time',
  rate: 'calls a second',
  ended: 'calls ended a second',
};

/**
 * @param {Record<string, number>} baseline
 * @param {{ ratios: Record<string, { median: number, min: number, max: number }>, othersShare?: number, isSameLoad?: boolean }} measured
 *   `isSameLoad`: the baseline was measured with the same load generator. One that takes a core for itself hides what we
 *   are slower by, so times and rates of two generators are not to be compared; CPU time a call is.
 */
export function judge(name, baseline, { ratios, othersShare = 0, isSameLoad = true }) {
  const kinds = KINDS[name]
    .filter((kind) => ratios[kind] !== undefined && baseline[kind] !== undefined)
    .filter((kind) => kind === 'cpu' || isSameLoad);
  // Where CPU time cannot be read (not Linux), calls a second have to do, busy or not.
  const decides = (kind) => othersShare <= QUIET_SHARE[kind] || !kinds.includes('cpu');
  const looked = kinds.map((kind) => {
    const least = baseline[kind] * (1 - TOLERANCE);
    const good = ratios[kind].median >= least;
    const mark = good ? 'ok   ' : decides(kind) ? 'WORSE' : 'busy ';
    return {
      counts: decides(kind),
      good,
      line: `${mark} ${name.padEnd(9)} ${line(kind, ratios[kind], baseline[kind], least)}`,
    };
  });
  const lines = looked.map((each) => each.line);
  const uncounted = kinds.filter((kind) => !decides(kind)).map((kind) => WORDS[kind]);
  if (uncounted.length > 0) {
    const share = Math.round(othersShare * 100);
    lines.push(`      ${name}: others used ${share} % of this machine, so this did not count: ${uncounted.join(', ')}`);
  }
  return { passed: looked.length > 0 && looked.every(({ counts, good }) => good || !counts), lines };
}

function line(kind, { median, min, max }, baseline, least) {
  const [a, b, c, d, e] = [median, min, max, baseline, least].map((value) => value.toFixed(3));
  return `ours ÷ diy, ${WORDS[kind]}: ${a} (${b}–${c}), baseline ${d}, at least ${e}`;
}
