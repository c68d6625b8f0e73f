/** A fleet that follows the load of its queue as KEDA would have it: it grows, it shrinks, and no call is lost or run twice. */
import { type FleetOptions, followLoad, longestWait, type Phase } from './scaled-fleet';

const SLOTS = 4;
const OPTIONS: FleetOptions = {
  rules: { min: 1, max: 3, depthPerWorker: 10, runningPerWorker: 3, scaleDownWindowMs: 2_000, cooldownMs: 3_000 },
  pollMs: 500,
  callMs: 500,
};
const PHASES: Phase[] = [
  { name: 'little', seconds: 1, perSecond: 2 },
  { name: 'a step up', seconds: 6, perSecond: 14 },
  { name: 'down', seconds: 1, perSecond: 1 },
];
/** From more load to workers that are ready; the rest is for a busy machine. */
const REACTION_MS = 20_000;

it('grows with a step up of the load, and shrinks after it; each call is started once and ends once', async () => {
  const bound = longestWait(OPTIONS, { slots: SLOTS, reactionMs: REACTION_MS, phases: PHASES });
  const samples = await followLoad(OPTIONS, PHASES, SLOTS, 60_000);
  const workers = samples.map((sample) => sample.workers);
  expect([workers[0], Math.max(...workers), workers.at(-1)]).toEqual([1, 3, 1]);
  expect(Math.max(...samples.map(({ oldestAgeMs }) => oldestAgeMs))).toBeLessThan(bound);
}, 120_000);
