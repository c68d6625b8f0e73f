/** One slice: one rival under one kind of load, and what it cost in CPU time and Redis commands until it is at rest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from '../scripts/trouble.mjs';
import { cpuTimes } from './cpu-time.mjs';

/** On top of the slice itself: its last answers, ms. */
const SLACK_MS = 20_000;
/** For what was accepted and is not done, ms. */
const REST_LIMIT_MS = 60_000;

/** @param length of the slice: in seconds, and at most so many calls when it says so (HTTP only) @returns sample of the load; `endedMs` (until the last call has ended); `cpuMs` (by role) and `commands` for each call */
export async function slice(rival, { kind, callers }, { seconds, calls }, httpLoad) {
  const target = rival.http?.[kind];
  const settled = typeof target === 'function' ? await target() : target;
  await untilAtRest(rival);
  const before = { cpu: cpuTimes(rival.pids), commands: await rival.redis?.commands() };
  const limit = seconds * 1_000 + SLACK_MS;
  const sample = settled
    ? await httpLoad.ask({ ...settled, callers, seconds, calls }, limit)
    : await rival.peers[kind].ask({ kind, callers, seconds }, limit);
  // Only one rival at a time has anything to do. What was left undone is part of the cost.
  const answeredAt = performance.now();
  await untilAtRest(rival);
  const endedMs = sample.ms + performance.now() - answeredAt;
  const after = { cpu: cpuTimes(rival.pids), commands: await rival.redis?.commands() };
  return { ...sample, endedMs, ...costs(before, after, sample.calls) };
}

function costs(before, after, calls) {
  if (calls === 0) return {};
  const perCall = (now, then) =>
    now &&
    Object.fromEntries(
      Object.entries(now)
        .map(([name, value]) => [name, (value - (then[name] ?? 0)) / calls])
        .filter(([, value]) => value > 0),
    );
  return { cpuMs: perCall(after.cpu, before.cpu), commands: perCall(after.commands, before.commands) };
}

async function untilAtRest({ atRest }) {
  for (const end = Date.now() + REST_LIMIT_MS; Date.now() < end; await sleep(20)) if (await atRest()) return;
  throw new Trouble(`Calls were still open ${REST_LIMIT_MS / 1000} s after a slice.`);
}
