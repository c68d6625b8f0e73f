/**
 * The sandboxes of a worker that have a function loaded and no call: at rest, or on the way to it, which is when they have
 * answered and the function is still at work on what it left behind.
 */
import type { Sandbox } from '../sandbox/sandbox';

/** One that is still not at rest then is at work on something else, ms. */
const MAX_REST_MS = 250;

export class WarmSandboxes {
  /** The longest idle first. */
  private readonly idle: Sandbox[] = [];
  private readonly resting = new Map<Sandbox, NodeJS.Timeout>();

  get size(): number {
    return this.idle.length + this.resting.size;
  }

  /** The one longest at rest. */
  get oldest(): Sandbox | undefined {
    return this.idle[0];
  }

  all(): Sandbox[] {
    return [...this.idle, ...this.resting.keys()];
  }

  /** At rest, and not to be used again. */
  spoiled(): Sandbox[] {
    return this.idle.filter(({ spoiled }) => spoiled !== undefined);
  }

  /** On their way to rest, by the program that they serve. */
  restingOf(program: string): number {
    let resting = 0;
    for (const sandbox of this.resting.keys()) if (sandbox.program === program) resting++;
    return resting;
  }

  /** It is at rest. */
  keep(sandbox: Sandbox): void {
    this.idle.push(sandbox);
  }

  /** It will be at rest, or it is `tooLate`. */
  expect(sandbox: Sandbox, tooLate: () => void): void {
    this.resting.set(sandbox, setTimeout(tooLate, MAX_REST_MS));
  }

  /** One that is at rest, for a call of this program. */
  take(program: string): Sandbox | undefined {
    // The one used last: its memory is the warmest, and those at the front grow old enough to make room.
    const at = this.idle.findLastIndex((sandbox) => sandbox.program === program);
    return at === -1 ? undefined : this.idle.splice(at, 1)[0];
  }

  /** It is something else now, or gone. */
  forget(sandbox: Sandbox): void {
    clearTimeout(this.resting.get(sandbox));
    this.resting.delete(sandbox);
    const at = this.idle.indexOf(sandbox);
    if (at !== -1) this.idle.splice(at, 1);
  }
}
