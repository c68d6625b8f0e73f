/**
 * The rounds of the smoke run. Each plays ours, rival, rival, ours, so that a drift of the machine falls on both alike, and
 * gives one value of each ratio; the median of the rounds counts.
 */
import { busyMs, cpuTimes } from './cpu-time.mjs';
import { slice } from './slice.mjs';
import { median, spread } from './statistics.mjs';

export const RIVAL = 'diy';
/** s. What was accepted has to be run as well, so that slice is shorter. */
const SECONDS = { sync: 0.35, accept: 0.3 };
/** Until the code is compiled as it stays: by calls, as a busy machine makes few of them in a second. */
const WARM_UP = { seconds: 2, calls: 1_500 };

export async function warmUp({ rivals, httpLoad }, measures) {
  for (const measure of measures)
    for (const name of ['ours', RIVAL]) await slice(rivals[name], measure, WARM_UP, httpLoad);
}

/**
 * @returns {Promise<Map<string, { ratios: object, othersShare: number | undefined }>>} by measure. Each ratio is above 1
 *   when we are better: `rate` of answers a second, `ended` calls a second (until the last one has ended), `latency` of undisturbed calls, `cpu` time a call (Linux only).
 *   `othersShare`: the part of the machine that was in use by others.
 */
export async function playSmoke(house, measures, { least, most, untilMs }) {
  const rounds = new Map(measures.map(({ name }) => [name, []]));
  const end = Date.now() + untilMs;
  for (let round = 0; round < most && (round < least || Date.now() < end); round++) {
    for (const measure of measures) rounds.get(measure.name).push(await playRound(house, measure));
  }
  return new Map([...rounds].map(([name, of]) => [name, summaryOf(of)]));
}

async function playRound({ rivals, httpLoad }, measure) {
  const samples = { ours: [], [RIVAL]: [] };
  const before = machine();
  for (const name of ['ours', RIVAL, RIVAL, 'ours']) {
    samples[name].push(await slice(rivals[name], measure, { seconds: SECONDS[measure.kind] }, httpLoad));
  }
  const own = totals(samples.ours);
  const rival = totals(samples[RIVAL]);
  const ratios = {
    rate: own.perSecond / rival.perSecond,
    ended: own.endedPerSecond / rival.endedPerSecond,
    latency: rival.p10 / own.p10,
  };
  if (own.cpuMs) ratios.cpu = rival.cpuMs / own.cpuMs;
  return { ratios, othersShare: othersShare(before, machine()) };
}

/** Of the slices of one rival in one round, taken together. */
function totals(samples) {
  const sum = (of) => samples.reduce((total, each) => total + of(each), 0);
  const calls = sum((each) => each.calls);
  return {
    perSecond: (calls / sum((each) => each.ms)) * 1_000,
    endedPerSecond: (calls / sum((each) => each.endedMs)) * 1_000,
    p10: Math.min(...samples.map((each) => each.p10)),
    cpuMs: sum((each) => sumOf(each.cpuMs ?? {}) * each.calls) / calls,
  };
}

function summaryOf(rounds) {
  const kinds = Object.keys(rounds[0].ratios);
  return {
    ratios: Object.fromEntries(kinds.map((kind) => [kind, spread(rounds.map(({ ratios }) => ratios[kind]))])),
    othersShare: rounds[0].othersShare === undefined ? undefined : median(rounds.map((each) => each.othersShare)),
  };
}

function machine() {
  const own = cpuTimes({ bench: process.pid });
  return own && { at: performance.now(), own: sumOf(own), ...busyMs() };
}

/** What nobody of ours used of the time that all cores had. */
function othersShare(before, after) {
  if (!before || !after) return undefined;
  const others = after.busy - before.busy - (after.own - before.own);
  return Math.max(0, others / ((after.at - before.at) * after.cores));
}

function sumOf(values) {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
