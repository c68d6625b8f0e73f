/**
 * What a function's first calls replace or add among the globals and built-ins of their processes, each time: a library that
 * sets itself up when it is first used. What the first calls of two processes have changed alike is the function's own way,
 * and costs it no process from then on. What only some call changes costs it one each time.
 */

/** First calls that must have done the same. */
const ALIKE = 2;
/** Programs that are remembered, and names for each. */
const MAX_PROGRAMS = 1_000;
const MAX_NAMES = 64;

export class Ways {
  /** By program: names, and how many first calls have changed them. */
  private readonly seen = new Map<string, Map<string, number>>();

  /** The names of a program's own way. */
  of(program: string): readonly string[] | undefined {
    const names = this.seen.get(program);
    if (names === undefined) return undefined;
    const own = [...names].filter(([, times]) => times >= ALIKE).map(([name]) => name);
    return own.length === 0 ? undefined : own;
  }

  /** What a first call has changed. */
  learn(program: string, changed: readonly string[]): void {
    let names = this.seen.get(program);
    if (names === undefined) {
      if (this.seen.size >= MAX_PROGRAMS) this.seen.delete(this.seen.keys().next().value!);
      this.seen.set(program, (names = new Map<string, number>()));
    }
    for (const name of changed) {
      const times = names.get(name);
      if (times !== undefined || names.size < MAX_NAMES) names.set(name, (times ?? 0) + 1);
    }
  }
}
