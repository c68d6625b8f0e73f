/** What one process has counted and not written yet: a tally for each function in each minute. */
import { FINEST, RESOLUTIONS, startOf } from './resolutions';
import { addTally, count, emptyTally, type EndedCall, type Tally } from './tally';

/** Names of tallies that are of no single function; no function and no env is called so. */
export const EVERY = '*';
const OTHERS = '~';
/** Functions that a bucket holds; calls of others are added up by env. */
export const MAX_FUNCTIONS = 300;
/** Minutes that are held while Redis takes nothing; then the oldest are given up. */
const MAX_MINUTES = 60;

/** The calls of one function, or of an env, or of all, in one stretch of time. */
export interface Cell {
  stepMs: number;
  /** How long it is kept after it ended, ms. */
  keepMs: number;
  /** ms since the epoch. */
  start: number;
  name: string;
  tally: Tally;
}

/** What is read for all calls of a function, of an env, or of all envs. */
export function sumName(env: string | undefined, name?: string): string {
  return env === undefined ? EVERY : `${env}:${name ?? EVERY}`;
}

/** Of the calls of an env, or of all envs, whose function has no place. */
export function othersName(env: string | undefined): string {
  return env === undefined ? OTHERS : `${env}:${OTHERS}`;
}

/** Undefined of a name that is of no single function. */
export function readName(name: string): { env: string; function: string } | undefined {
  const [env, of] = name.split(':');
  return of === undefined || of === EVERY || of === OTHERS ? undefined : { env, function: of };
}

export class Tallies {
  private minutes = new Map<number, Map<string, Tally>>();
  /** The minute that was counted in last. */
  private last: { start: number; tallies: Map<string, Tally> } | undefined;

  get isEmpty(): boolean {
    return this.minutes.size === 0;
  }

  /** `at`: ms since the epoch. */
  add(call: EndedCall, at: number): void {
    const tallies = this.minute(startOf(at, FINEST.stepMs));
    let name = sumName(call.env, call.function);
    if (!tallies.has(name) && tallies.size >= MAX_FUNCTIONS) name = othersName(call.env);
    let tally = tallies.get(name);
    if (tally === undefined) tallies.set(name, (tally = emptyTally()));
    count(tally, call);
  }

  /** All of it, with the sums, for each resolution; from now on there is nothing. */
  take(): Cell[] {
    const cells = new Map<string, Cell>();
    for (const [minute, tallies] of this.minutes) {
      for (const [name, tally] of tallies) {
        const env = name.slice(0, name.indexOf(':'));
        for (const each of [name, sumName(env), EVERY]) addTo(cells, minute, each, tally);
        if (name === othersName(env)) addTo(cells, minute, OTHERS, tally);
      }
    }
    this.minutes = new Map();
    this.last = undefined;
    return [...cells.values()];
  }

  private minute(start: number): Map<string, Tally> {
    if (this.last?.start === start) return this.last.tallies;
    let tallies = this.minutes.get(start);
    if (tallies === undefined) {
      if (this.minutes.size >= MAX_MINUTES) this.minutes.delete(Math.min(...this.minutes.keys()));
      this.minutes.set(start, (tallies = new Map<string, Tally>()));
    }
    this.last = { start, tallies };
    return tallies;
  }
}

function addTo(cells: Map<string, Cell>, minute: number, name: string, tally: Tally): void {
  for (const { stepMs, keepMs } of RESOLUTIONS) {
    const start = startOf(minute, stepMs);
    const key = `${stepMs} ${start} ${name}`;
    let cell = cells.get(key);
    if (cell === undefined) cells.set(key, (cell = { stepMs, keepMs, start, name, tally: emptyTally() }));
    addTally(cell.tally, tally);
  }
}
