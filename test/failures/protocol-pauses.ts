/** What is held back in the model of the record protocol: the whole queue, or single functions, and for how long. */
import type { PauseTarget } from '@invoq/store/operators/pause-store';
import { type ModelRecord, nameOf } from './protocol-record';

/** The queue of the history, and two of its functions. */
export const TARGETS: PauseTarget[] = [
  { queue: 'default' },
  { env: 'default', function: 'f' },
  { env: 'default', function: 'g' },
];

export class ProtocolPauses {
  now = 1_000_000;
  /** What is held back now, since when. */
  readonly paused = new Map<PauseTarget, number>();
  /** Pauses that are over. */
  private readonly over: { target: PauseTarget; from: number; to: number }[] = [];

  pause(target: PauseTarget): void {
    if (!this.paused.has(target)) this.paused.set(target, this.now);
  }

  resume(target: PauseTarget): void {
    const from = this.paused.get(target);
    if (from === undefined) return;
    this.paused.delete(target);
    this.over.push({ target, from, to: this.now });
  }

  isPaused(record: ModelRecord): boolean {
    return [...this.paused.keys()].some((target) => concerns(target, record));
  }

  /** Is its waiting time used up? Looked at when it seems so, it may wait longer from then on. */
  isLate(record: ModelRecord): boolean {
    if (this.now < record.expiresAt) return false;
    if (record.mode === 'async') {
      const later = record.waitsFrom + record.queueAgeMs + this.heldMs(record, record.waitsFrom);
      record.expiresAt = Math.max(record.expiresAt, later);
    }
    return this.now >= record.expiresAt;
  }

  /** Counted in steps of the history's times, ms by ms it would be the same. */
  private heldMs(record: ModelRecord, from: number): number {
    const now = [...this.paused].map(([target, since]) => ({ target, from: since, to: this.now }));
    const spans = [...this.over, ...now].filter(({ target }) => concerns(target, record));
    const edges = [...new Set(spans.flatMap((span) => [span.from, span.to]))].sort((a, b) => a - b);
    let sum = 0;
    edges.slice(1).forEach((edge, i) => {
      const isHeld = spans.some((span) => span.from <= edges[i] && span.to >= edge);
      if (isHeld) sum += Math.max(0, edge - Math.max(edges[i], from));
    });
    return sum;
  }
}

function concerns(target: PauseTarget, { flow }: ModelRecord): boolean {
  return 'queue' in target || target.function === nameOf(flow);
}
