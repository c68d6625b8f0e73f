/**
 * Who may take one more of a limited number of places. A caller may hold nine times what is free (the dynamic threshold of
 * Choudhury and Hahne). Alone it gets nine tenths of all places; a newcomer finds one; the more callers compete, the
 * smaller the share of each, and the shares become equal as places are given back and taken again.
 */

/** A caller may hold so many places for each one that is free. */
import { LiveMap } from '@invoq/live/live-map';
const TIMES_FREE = 9;

/** `full`: no place is free. `share`: the caller has its share already; what is free is for others. */
export type Verdict = 'taken' | 'full' | 'share';

export class Shares {
  private readonly held = new LiveMap<string, number>();
  private count = 0;

  /** `total` places; a single caller never has more than `each` of them. */
  constructor(
    readonly total: number,
    private readonly each = total,
  ) {}

  /** Places that are taken. */
  get taken(): number {
    return this.count;
  }

  /** Places that this caller holds. */
  heldBy(caller: string): number {
    return this.held.get(caller) ?? 0;
  }

  /** Takes a place for the caller if it may have one; a caller without any may have the last one. */
  take(caller: string): Verdict {
    const free = this.total - this.count;
    if (free <= 0) return 'full';
    const own = this.heldBy(caller);
    if (own > 0 && (own >= this.each || own + 1 > TIMES_FREE * (free - 1))) return 'share';
    this.held.set(caller, own + 1);
    this.count++;
    return 'taken';
  }

  /** Gives one of the caller's places back. */
  giveBack(caller: string): void {
    const own = this.heldBy(caller);
    if (own === 0) return;
    if (own > 1) this.held.set(caller, own - 1);
    else this.held.delete(caller);
    this.count--;
  }
}
