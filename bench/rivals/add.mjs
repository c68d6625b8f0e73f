/** The work that all rivals do: the sum of two numbers, so that what is measured is the way there and back. */

export const CALL = { a: 1, b: 2 };
export const SUM = 3;

export function add({ a, b }) {
  return a + b;
}

/** Calls at a time in a worker: as many as a worker of ours has slots for sync calls. */
export const SLOTS = 8;
