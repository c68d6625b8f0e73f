/** How V8 is to work in a process that serves calls. */
import { setFlagsFromString } from 'node:v8';

/**
 * V8 makes objects in the old generation right away where most of those made at the same place lived long. It decides so from
 * what it saw at the start, and stays with it: the arguments of each command to Redis lay there until the next full
 * collection, with all that they refer to. Without it a scavenge leaves nothing of a call (docs/decisions/0085).
 */
export function tuneEngine(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
