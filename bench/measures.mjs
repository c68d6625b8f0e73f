/** What is measured: each for every rival that can do it. */

export const MEASURES = [
  { name: 'sync-1', kind: 'sync', callers: 1, what: 'call `add` and wait for the sum, 1 caller' },
  { name: 'sync-64', kind: 'sync', callers: 64, what: 'call `add` and wait for the sum, 64 callers' },
  { name: 'accept-64', kind: 'accept', callers: 64, what: 'hand in a call of `add`, 64 callers' },
  { name: 'get-64', kind: 'get', callers: 64, what: 'read a finished call by its id, 64 callers' },
];

/** Can this rival (as it was started) be measured so? */
export function takesPart({ http, peers }, { kind }) {
  return http?.[kind] !== undefined || peers?.[kind] !== undefined;
}
