/** From samples to figures: medians over the rounds, and ratios of pairs from the same round. */
import { median, spread } from './statistics.mjs';

/** @param {Map<string, Map<string, object[]>>} results of `playRounds` */
export function summarize(results) {
  const rows = [];
  for (const [measure, byRival] of results) {
    const own = byRival.get('ours');
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
        ...(own && rival !== 'ours' ? { oursTo: ratios(own, samples) } : {}),
      });
    }
  }
  return rows;
}

/** Ours to the rival's, round by round: above 1 we do more calls a second, or take longer. */
function ratios(own, samples) {
  const of = (field) => spread(samples.map((each, round) => own[round][field] / each[field]));
  return { perSecond: of('perSecond'), p50: of('p50'), p99: of('p99') };
}

function mediansOf(costs) {
  if (costs.some((each) => each === undefined)) return undefined;
  const names = new Set(costs.flatMap((each) => Object.keys(each)));
  return Object.fromEntries([...names].map((name) => [name, median(costs.map((each) => each[name] ?? 0))]));
}
