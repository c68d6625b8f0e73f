/** From samples to figures: medians over the rounds, and ratios of pairs from the same round. */
import { median, spread } from './statistics.mjs';

/**
 * @param {Map<string, Map<string, object[]>>} results of `playRounds`
 * @param {string} reference the rival whose figures the ratios are to
 */
export function summarize(results, reference) {
  const rows = [];
  for (const [measure, byRival] of results) {
    const one = byRival.get(reference);
    for (const [rival, samples] of byRival) {
      rows.push({
        measure,
        rival,
        perSecond: spread(samples.map((each) => each.perSecond)),
        p50: spread(samples.map((each) => each.p50)),
        p99: spread(samples.map((each) => each.p99)),
        errors: samples.reduce((sum, each) => sum + each.errors, 0),
        cpuMs: mediansOf(samples.map((each) => each.cpuMs)),
        commands: mediansOf(samples.map((each) => each.commands)),
        ...(one && rival !== reference ? { ratio: ratios(samples, one) } : {}),
      });
    }
  }
  return rows;
}

/** To the reference, round by round: above 1 the rival does more calls a second, or takes longer. */
function ratios(samples, one) {
  const of = (field) => spread(samples.map((each, round) => each[field] / one[round][field]));
  return { perSecond: of('perSecond'), p50: of('p50'), p99: of('p99') };
}

function mediansOf(costs) {
  if (costs.some((each) => each === undefined)) return undefined;
  const names = new Set(costs.flatMap((each) => Object.keys(each)));
  return Object.fromEntries([...names].map((name) => [name, median(costs.map((each) => each[name] ?? 0))]));
}
