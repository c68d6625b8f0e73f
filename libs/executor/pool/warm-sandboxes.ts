/**
 * The sandboxes of a worker that have a function loaded and no call: at rest, or on the way to it, which is when they have
 * answered and the function is still at work on what it left behind.
 */
import { LiveMap } from '@invoq/live/live-map';
import { processorMs } from '../processes/processor-time';
import type { Sandbox } from '../sandbox/sandbox';

/** One that is still not at rest then is at work on something else, ms. */
const MAX_REST_MS = 250;
/** Of a processor, ms: who has had so much since its answer is at work on something else. To rest takes 1 ms. */
const MAX_REST_PROCESSOR_MS = 20;

interface Resting {
  sandbox: Sandbox;
  tooLate: NodeJS.Timeout;
  /** When it had answered, ms. */
  processorMs: number | undefined;
}

export class WarmSandboxes {
  /** The longest idle first. */
  private readonly idle: Sandbox[] = [];
  private readonly resting = new LiveMap<Sandbox, Resting>();

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

  /** On their way to rest, as far as they have had a processor for it, by the program that they serve. */
  restingOf(program: string): number {
    let resting = 0;
    for (const one of this.resting.values()) if (one.sandbox.program === program && !isAtWork(one)) resting++;
    return resting;
  }

  /** It is at rest. */
  keep(sandbox: Sandbox): void {
    this.idle.push(sandbox);
  }

  /** It will be at rest, or it is `tooLate`. */
  expect(sandbox: Sandbox, tooLate: () => void): void {
    this.resting.set(sandbox, {
      sandbox,
      tooLate: setTimeout(tooLate, MAX_REST_MS),
      processorMs: processorMs(sandbox.pid!),
    });
  }

  /** One that is at rest, for a call of this program. */
  take(program: string): Sandbox | undefined {
    // The one used last: its memory is the warmest, and those at the front grow old enough to make room.
    const at = this.idle.findLastIndex((sandbox) => sandbox.program === program);
    return at === -1 ? undefined : this.idle.splice(at, 1)[0];
  }

  /** It is something else now, or gone. */
  forget(sandbox: Sandbox): void {
    clearTimeout(this.resting.get(sandbox)?.tooLate);
    this.resting.delete(sandbox);
    const at = this.idle.indexOf(sandbox);
    if (at !== -1) this.idle.splice(at, 1);
  }
}

function isAtWork({ sandbox, processorMs: before }: Resting): boolean {
  const now = processorMs(sandbox.pid!);
  if (now === undefined || before === undefined) return false;
  return now - before > MAX_REST_PROCESSOR_MS;
}
