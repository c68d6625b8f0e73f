/** Which due schedules are run in one check, and when one is tried again that could not be. Pure: times are handed in. */

const FIRST_MS = 1_000;
/** A run that was put off often is tried so often all the same, ms. */
const MOST_MS = 60_000;

/** Envs take turns, so that none waits behind another's thousands; each env's own keep their order. */
export function fairly<T extends { env: string }>(due: readonly T[], limit: number): T[] {
  const byEnv = new Map<string, T[]>();
  for (const one of due) {
    const others = byEnv.get(one.env);
    if (others) others.push(one);
    else byEnv.set(one.env, [one]);
  }
  const chosen: T[] = [];
  for (let round = 0; chosen.length < Math.min(limit, due.length); round++) {
    for (const own of byEnv.values()) {
      if (round < own.length && chosen.length < limit) chosen.push(own[round]);
    }
  }
  return chosen;
}

/** Until a run is tried again, ms. `tries`: how often it was put off before. `askedMs`: as the refusal asks for. */
export function putOffMs(tries: number, askedMs: number): number {
  return Math.min(MOST_MS, Math.max(askedMs, FIRST_MS * 2 ** Math.min(tries, 10)));
}
