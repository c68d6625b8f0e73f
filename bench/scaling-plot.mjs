/** What a run of test/soak/scaling.test.ts has written down, as a plot. */
import { timeline } from './timeline.mjs';

/**
 * @param {{ samples: { at: number, offered: number, depth: number, oldestAgeMs: number, workers: number, slots: number }[], slots: number }} run
 *   `slots`: of one worker
 */
export function drawing({ samples, slots }) {
  const over = (field, by = 1) => samples.map((sample) => [sample.at, sample[field] / by]);
  return timeline('A fleet that follows its load', [
    { name: 'Offered: calls a second (a burst of 240 at the second rise)', points: over('offered'), isStep: true },
    { name: 'Depth: calls that wait', points: over('depth') },
    { name: 'Age of the oldest call that waits, s', points: over('oldestAgeMs', 1_000) },
    {
      name: 'Workers: that take calls (blue), and those that start too (grey)',
      points: over('slots', slots),
      others: over('workers'),
      isStep: true,
    },
  ]);
}
