/** Workers that differ, as the model of the record protocol knows them: what each kind serves, and when it last said so. */
import type { Mode } from '@invoq/contract/invocation';
import { type Serving, servedName, servingOf } from '@invoq/store/ready-queue/serving';
import { type ModelRecord, nameOf } from './protocol-record';

const named = (...names: string[]): string[] => names.map((name) => servedName('default', name));

/** One that serves all, two with a part each, one on which a function does not load, and one with an empty folder. */
export const KINDS: Serving[] = [
  servingOf(named('f', 'g', 'h'), []),
  servingOf(named('f'), []),
  servingOf(named('g', 'h'), []),
  servingOf(named('g'), named('f')),
  servingOf([], []),
];
/** A kind that was silent for so long is not waited for, and is forgotten, ms. */
const LIVING_MS = 30_000;
const FORGET_MS = 120_000;

export class ProtocolKinds {
  /** When each kind last said what it serves. */
  private readonly said = new Map<Serving, number>();
  /** Some worker of this kind looks anyway: it was told that more waits, has just come, or a ticket is on its way to one. */
  private readonly looking = new Set<string>();

  announce(kind: Serving, now: number): void {
    this.said.set(kind, now);
    for (const [other, at] of this.said) if (at <= now - FORGET_MS) this.said.delete(other);
    for (const mode of ['sync', 'async'] as const) this.looks(mode, kind, true);
  }

  /** As the lane knows them: those first that said it longest ago. */
  inOrder(): Serving[] {
    const order = (one: string, other: string): number => (one < other ? -1 : 1);
    return [...this.said]
      .sort(([one, at], [other, otherAt]) => at - otherAt || order(one.digest, other.digest))
      .map(([kind]) => kind);
  }

  isRung(kind: Serving): boolean {
    return this.said.has(kind);
  }

  looks(mode: Mode, kind: Serving, looks: boolean): void {
    if (looks) this.looking.add(`${mode} ${kind.digest}`);
    else this.looking.delete(`${mode} ${kind.digest}`);
  }

  /** A ticket brings a worker, and it tells the others. */
  ticketed(mode: Mode): void {
    for (const kind of KINDS) this.looks(mode, kind, true);
  }

  isLooking(mode: Mode, kind: Serving): boolean {
    return this.looking.has(`${mode} ${kind.digest}`);
  }

  isGiven(kind: Serving, { flow }: ModelRecord, now: number): boolean {
    const name = servedName('default', nameOf(flow));
    if (kind.whole.has(name)) return true;
    if (!kind.broken.has(name)) return false;
    return ![...this.said].some(([other, at]) => other.whole.has(name) && at >= now - LIVING_MS);
  }
}
