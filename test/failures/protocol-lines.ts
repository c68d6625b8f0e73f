/** Who is next in the model of the record protocol: turns in the lane, and permits of functions with a limit. */
import type { Mode } from '@invoq/contract/invocation';
import type { Serving } from '@invoq/store/ready-queue/serving';
import { ProtocolKinds } from './protocol-kinds';
import { ProtocolOffers } from './protocol-offers';
import { ProtocolPauses } from './protocol-pauses';
import { isInLine, LIMITS, type ModelRecord, MS_AHEAD, nameOf, TURNS_AHEAD } from './protocol-record';

/** The limit of a function: who holds a permit. */
interface Limit {
  max: number;
  permits: Set<ModelRecord>;
}

/** The turns of one lane: what was served, and by flow what comes next. */
interface Turns {
  served: number;
  next: Map<string, number>;
}

export class ProtocolLines extends ProtocolPauses {
  readonly records: ModelRecord[] = [];
  readonly kinds = new ProtocolKinds();
  readonly offers = new ProtocolOffers(this.kinds);

  protected readonly turns: Record<Mode, Turns> = {
    sync: { served: 0, next: new Map() },
    async: { served: 0, next: new Map() },
  };

  /** Those that wait in the lane; sync and async have lines of their own. */
  depth(mode: Mode): number {
    return this.records.filter((record) => record.mode === mode && record.counted).length;
  }

  protected readonly limits = new Map<string, Limit>(
    Object.entries(LIMITS).map(([name, max]) => [name, { max: max!, permits: new Set() }]),
  );

  /** Those that can be taken, by this kind of worker or by any, the next one first. */
  line(mode: Mode, kind?: Serving): ModelRecord[] {
    const score = ({ turn = 0, priority }: ModelRecord): number => turn - TURNS_AHEAD * priority;
    const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
    return this.records
      .filter((record) => record.mode === mode && isInLine(record) && !record.taken)
      .filter((record) => kind === undefined || !this.isPaused(record))
      .filter((record) => kind === undefined || this.kinds.isGiven(kind, record, this.now))
      .sort((a, b) => score(a) - score(b) || order(nameOf(a.flow), nameOf(b.flow)) || order(a.requestID, b.requestID));
  }

  /** The functions that have a line, by the score of their first. */
  fronts(mode: Mode): Record<string, number> {
    const fronts: Record<string, number> = {};
    for (const { flow, turn = 0, priority } of this.line(mode))
      fronts[`default:${nameOf(flow)}`] ??= turn - TURNS_AHEAD * priority;
    return fronts;
  }

  /** RequestIDs of a function's calls that run or may come to a line, in their own order. */
  permits(name: string): string[] {
    return [...this.limits.get(name)!.permits].map(({ requestID }) => requestID).sort();
  }

  /** RequestIDs of those that are held back, the next one first. */
  heldBack(name: string): string[] {
    return this.held(name).map(({ requestID }) => requestID);
  }

  /** Those of a function that are held back, the next one first. */
  private held(name: string): ModelRecord[] {
    return this.records
      .filter(({ flow, heldAt }) => nameOf(flow) === name && heldAt !== undefined)
      .sort((a, b) => a.heldAt! - b.heldAt! || (a.requestID < b.requestID ? -1 : 1));
  }

  protected permitted(record: ModelRecord): boolean {
    const limit = this.limits.get(nameOf(record.flow));
    if (!limit || limit.permits.has(record)) return true;
    const [next = record] = this.held(nameOf(record.flow));
    if (limit.permits.size < limit.max && next === record) {
      limit.permits.add(record);
      record.heldAt = undefined;
      return true;
    }
    record.heldAt ??= this.now - MS_AHEAD * record.priority;
    return false;
  }

  protected giveBack(record: ModelRecord): void {
    record.heldAt = undefined;
    const limit = this.limits.get(nameOf(record.flow));
    if (!limit?.permits.delete(record)) return;
    for (const next of this.held(nameOf(record.flow)).slice(0, limit.max - limit.permits.size)) {
      limit.permits.add(next);
      next.heldAt = undefined;
      next.nextLook = this.now;
    }
  }

  /** `alone`: nobody else waits. */
  protected turnOf(mode: Mode, flow: string, alone: boolean): number {
    if (alone) this.turns[mode] = { served: 0, next: new Map() };
    const { served, next } = this.turns[mode];
    const turn = Math.max(served, next.get(flow) ?? 0);
    next.set(flow, turn + 1);
    return turn;
  }

  /** Its turn had come: it is next, also when the lane has begun its turns anew since. */
  protected standAgain(record: ModelRecord): void {
    record.turn = Math.min(record.turn!, this.turns[record.mode].served);
  }
}
