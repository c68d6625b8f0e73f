/** What needs attention, worst first: a pure table of rules over what the API says. */
import type { ListedFunction, QueueView, Summary, WorkerView } from '@invoq/client/index';

/** A call that waits longer than this while slots are free is shown, ms. */
const OLD_MS = 60_000;
/** Of Redis' memory. New calls are refused somewhat later (INVOQ_STORE_FULL_AT). */
const NEAR_FULL = 0.8;

/** A worker says something every 2 s. */
const SILENT_MS = 20_000;

/** A function that fails is shown when so many of its calls ended lately, and so large a share of them badly. */
const FAILS = { calls: 10, share: 0.05, timesUsual: 3 } as const;

/** Calls of a function that ended in the last 15 minutes, and in the day before. */
export interface Failing {
  name: string;
  bad: number;
  total: number;
  usualBad: number;
  usualTotal: number;
}

export interface Trouble {
  kind:
    | 'fails'
    | 'unserved'
    | 'oldest'
    | 'paused'
    | 'pausedFunction'
    | 'broken'
    | 'worker'
    | 'silent'
    | 'memory'
    | 'letters';
  /** Names ending in `Ms` are lengths of time, in `Share` parts of a whole. */
  values: Record<string, string | number>;
  to: string;
  isBad: boolean;
  /** The higher, the worse. */
  weight: number;
}

export function troublesIn(
  queues: QueueView[],
  workers: WorkerView[],
  functions: ListedFunction[],
  failing: Failing[] = [],
  now = Date.now(),
): Trouble[] {
  const found: Trouble[] = [];
  for (const { queue, pause, lanes } of queues) {
    const waiting = lanes.reduce((sum, { depth, held }) => sum + depth + held, 0);
    if (pause)
      found.push({
        kind: 'paused',
        values: { queue, n: waiting, ageMs: now - Date.parse(pause.since) },
        to: '/queues',
        isBad: false,
        weight: 20,
      });
    else
      for (const { lane, depth, oldestAgeMs, running = 0, slots } of lanes) {
        const values = { queue, lane, n: depth, ageMs: oldestAgeMs, running, slots };
        if (depth > 0 && slots === 0) found.push({ kind: 'unserved', values, to: '/queues', isBad: true, weight: 90 });
        else if (depth > 0 && oldestAgeMs > OLD_MS)
          found.push({
            kind: 'oldest',
            values,
            to: '/queues',
            isBad: true,
            weight: 60 + Math.min(20, oldestAgeMs / 600_000),
          });
      }
  }
  for (const { name, loadProblem, paused } of functions) {
    if (loadProblem)
      found.push({
        kind: 'broken',
        values: { name, reason: loadProblem.reason },
        to: `/functions/${name}`,
        isBad: true,
        weight: 50,
      });
    if (paused)
      found.push({
        kind: 'pausedFunction',
        values: { name, ageMs: now - Date.parse(paused.since) },
        to: `/functions/${name}`,
        isBad: false,
        weight: 10,
      });
  }
  for (const { name, bad, total, usualBad, usualTotal } of failing) {
    const [nowShare, usualShare] = [bad / Math.max(1, total), usualBad / Math.max(1, usualTotal)];
    if (total >= FAILS.calls && nowShare >= FAILS.share && nowShare >= FAILS.timesUsual * usualShare)
      found.push({
        kind: 'fails',
        values: { name, nowShare, usualShare, n: total },
        to: `/functions/${name}`,
        isBad: true,
        weight: 55 + 10 * nowShare,
      });
  }
  for (const { id, host, pid, reasons = [], seenAt, state } of workers) {
    const who = `${host} · ${pid}`;
    if (now - Date.parse(seenAt) > SILENT_MS)
      found.push({
        kind: 'silent',
        values: { id: who, ageMs: now - Date.parse(seenAt) },
        to: '/workers',
        isBad: true,
        weight: 80,
      });
    else if (reasons.length > 0 || state === 'refusing')
      found.push({
        kind: 'worker',
        values: { id: who, reason: reasons.join(' ') || id },
        to: '/workers',
        isBad: true,
        weight: 70,
      });
  }
  return found.sort((a, b) => b.weight - a.weight);
}

/** Redis near its memory, and calls that failed for good. */
export function troublesOf({ deadLetters, storeUsed = 0 }: Summary): Trouble[] {
  const found: Trouble[] = [];
  if (storeUsed >= NEAR_FULL)
    found.push({ kind: 'memory', values: { usedShare: storeUsed }, to: '/queues', isBad: true, weight: 95 });
  if (deadLetters > 0)
    found.push({ kind: 'letters', values: { n: deadLetters }, to: '/functions', isBad: false, weight: 5 });
  return found;
}
