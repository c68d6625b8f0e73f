/** How V8 is to work in a process that serves calls. */
import { setFlagsFromString } from 'node:v8';

const FLAGS = [
  // V8 makes objects in the old generation right away where most of those made at the same place lived long. It decides so from
  // what it saw at the start, and stays with it: the arguments of each command to Redis lay there until the next full
  // collection, with all that they refer to. Without it a scavenge leaves nothing of a call (docs/decisions/0085).
  '--no-allocation-site-pretenuring',
  // Much of a call is short functions that run once for it. V8 counts the bytecode that a function has run before it compiles
  // it well; by its own count (67,584 bytes) some were not compiled after 15,000 calls (docs/decisions/0086).
  '--interrupt-budget=20000',
];

export function tuneEngine(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}
