/** Ends processes: a sandbox's whole group at one blow, and those that slipped out of it. */
import { descendantsOf, orphans, processesMarked } from './process-marks';

/** A process may fork while it is looked for; after so many looks it has been given up on. */
const MAX_CHECKS = 5;

/** At once, no soft phase: the group and all descendants. What had cut its ties is left for `endStrays`. */
export function killGroup(pid: number): void {
  const descendants = descendantsOf(pid);
  kill(-pid);
  descendants.forEach(kill);
}

/** Whether the process has started others that may live elsewhere. */
export function hasDescendants(pid: number): boolean {
  return descendantsOf(pid).length > 0;
}

/** Ends what is left of a sandbox anywhere on this machine. */
export async function endStrays(mark: string): Promise<number> {
  let ended = 0;
  for (let check = 0; check < MAX_CHECKS; check++) {
    const strays = await processesMarked(mark);
    if (strays.length === 0) break;
    strays.forEach(kill);
    ended += strays.length;
  }
  return ended;
}

/** Ends what workers that were killed have left behind on this machine. */
export async function endOrphans(): Promise<number> {
  const left = await orphans();
  left.forEach(kill);
  return left.length;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, or not ours.
    return;
  }
}
