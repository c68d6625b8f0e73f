/** What is measured: each for every rival that can do it. */

export const MEASURES = [
  ...[1, 8, 64, 256].map((callers) => ({
    name: `sync-${callers}`,
    kind: 'sync',
    callers,
    what: `call \`add\` and wait for the sum, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
  })),
  { name: 'accept-64', kind: 'accept', callers: 64, what: 'hand in a call of `add`, 64 callers' },
  { name: 'get-64', kind: 'get', callers: 64, what: 'read a finished call by its id, 64 callers' },
];

/** Can this rival (as it was started) be measured so? */
export function takesPart({ http, peers }, { kind }) {
  return http?.[kind] !== undefined || peers?.[kind] !== undefined;
}
