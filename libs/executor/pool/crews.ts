/** The crews of a worker's pool, by program; one is gone when nobody is in it and nobody waits for it. */
import type { Sandbox } from '../sandbox/sandbox';
import { Crew } from './crew';

export class Crews {
  private readonly all = new Map<string, Crew>();

  /** Undefined: nobody has come to it yet. */
  find(program: string): Crew | undefined {
    return this.all.get(program);
  }

  of(program: string): Crew {
    let crew = this.all.get(program);
    if (crew === undefined) this.all.set(program, (crew = new Crew()));
    return crew;
  }

  loses(sandbox: Sandbox): void {
    const program = sandbox.program ?? '';
    const crew = this.all.get(program);
    crew?.loses(sandbox);
    if (crew?.isGone) this.all.delete(program);
  }

  refuseAll(error: Error): void {
    for (const { line } of this.all.values()) line.refuseAll(error);
  }
}
