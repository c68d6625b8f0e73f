/**
 * A fleet that follows a changing load for some minutes: a step up, a burst, and down again. `npm run bench:scaling` runs it,
 * and draws what INVOQ_SCALING_FILE then has.
 */
import { writeFileSync } from 'node:fs';
import { type FleetOptions, followLoad, longestWait, type Phase } from '../fleet/scaled-fleet';

const SLOTS = 4;
const OPTIONS: FleetOptions = {
  rules: { min: 1, max: 6, depthPerWorker: 10, runningPerWorker: 3, scaleDownWindowMs: 20_000, cooldownMs: 60_000 },
  pollMs: 1_000,
  callMs: 500,
};
const PHASES: Phase[] = [
  { name: 'quiet', seconds: 20, perSecond: 3 },
  { name: 'step up', seconds: 50, perSecond: 24 },
  { name: 'quiet', seconds: 40, perSecond: 3 },
  { name: 'burst', seconds: 30, perSecond: 8, burst: 240 },
  { name: 'down', seconds: 20, perSecond: 1 },
];
/** From more load to workers that are ready: a poll, the start of a process, its first heartbeat. */
const REACTION_MS = 20_000;

test('a step up, a burst, and down again: nothing is lost, nothing waits for longer than was said before', async () => {
  const boundMs = longestWait(OPTIONS, { slots: SLOTS, reactionMs: REACTION_MS, phases: PHASES });
  process.stdout.write(`No call may wait for longer than ${(boundMs / 1_000).toFixed(1)} s.\n`);
  const samples = await followLoad(OPTIONS, PHASES, SLOTS, 120_000);
  const file = process.env.INVOQ_SCALING_FILE;
  if (file) writeFileSync(file, JSON.stringify({ samples, boundMs, phases: PHASES, options: OPTIONS, slots: SLOTS }));
  const workers = samples.map((sample) => sample.workers);
  expect([workers[0], Math.max(...workers), workers.at(-1)]).toEqual([1, OPTIONS.rules.max, 1]);
  expect(Math.max(...samples.map(({ oldestAgeMs }) => oldestAgeMs))).toBeLessThan(boundMs);
}, 600_000);
