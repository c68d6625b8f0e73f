/** Rounds in which rivals take turns, so that whatever else the machine does falls on all of them alike. */
import { takesPart } from './measures.mjs';
import { slice } from './slice.mjs';

/**
 * The least that a slice of the first round lasts, s: the more code a process has on its way, the longer V8 takes to compile it
 * as it stays, and what is measured here runs for weeks.
 */
export const WARM_UP_S = 6;

/**
 * One round more than asked for: the first warms up and is dropped. Who goes first changes from round to round.
 * @returns {Promise<Map<string, Map<string, object[]>>>} samples by measure and rival, one for each round
 */
export async function playRounds({ rivals, measures, rounds, seconds, httpLoad, onProgress }) {
  const results = new Map(measures.map(({ name }) => [name, new Map()]));
  for (let round = 0; round <= rounds; round++) {
    for (const measure of measures) {
      const there = Object.entries(rivals).filter(([, rival]) => takesPart(rival, measure));
      for (const [name, rival] of rotated(there, round)) {
        const sample = await slice(
          rival,
          measure,
          { seconds: round === 0 ? Math.max(seconds, WARM_UP_S) : seconds },
          httpLoad,
        );
        onProgress({ round, measure, name, sample });
        if (round === 0) continue;
        const samples = results.get(measure.name);
        if (!samples.has(name)) samples.set(name, []);
        samples.get(name).push(sample);
      }
    }
  }
  return results;
}

function rotated(list, by) {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
