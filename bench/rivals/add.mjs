/** The work that all rivals do: the sum of two numbers, so that what is measured is the way there and back. */

export const CALL = { a: 1, b: 2 };
export const SUM = 3;

export function add({ a, b }) {
  return a + b;
}

/** Processes of a worker that gives each call one: as many as a worker of ours has slots for sync calls. */
export const SLOTS = 8;
/** Calls at a time of a worker that runs them in its own loop, where one more costs no process. */
export const IN_LOOP = 32;
