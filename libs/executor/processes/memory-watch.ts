/**
 * Reads the resident memory of running sandboxes, with one timer for all, and what their child processes take on top of it
 * (see `family.ts`). How often is in libs/policy/memory-checks.ts. Linux only: elsewhere nothing is read and nothing is exceeded.
 */
import { LiveSet } from '@invoq/live/live-set';
import { CHECK_MS, nextCheckMs } from '@invoq/policy/memory-checks';
import { Family } from './family';
import { closeLastStarted } from './last-started';
import type { MemoryGauge } from './memory-gauge';

/** What is due so soon after others is looked at along with them, ms. */
const TOGETHER_MS = CHECK_MS / 2;

export interface Watched {
  gauge: MemoryGauge;
  family: Family;
  limitBytes: number;
  /** Child processes, and theirs. */
  maxProcesses: number;
  peakBytes: number;
  onExceeded(what: 'memory' | 'processes'): void;
  /** Of `performance.now()`. */
  beganAt: number;
  checkedAt: number;
  dueAt: number;
  /** At the last check. */
  bytes: number;
}

/** A process with all that it starts, to be watched from the time when it is added. */
export function watchedOf(
  { pid, gauge, limitBytes }: Pick<Watched, 'gauge' | 'limitBytes'> & { pid: number },
  maxProcesses: number,
  onExceeded: Watched['onExceeded'],
): Watched {
  return {
    gauge,
    family: new Family(pid, gauge.threads),
    limitBytes,
    maxProcesses,
    peakBytes: 0,
    onExceeded,
    beganAt: 0,
    checkedAt: 0,
    dueAt: 0,
    bytes: 0,
  };
}

export class MemoryWatch {
  private readonly watched = new LiveSet<Watched>();
  private timer: NodeJS.Timeout | undefined;
  /** When the timer rings, of `performance.now()`. */
  private ringsAt = Infinity;

  add(entry: Watched): void {
    const now = performance.now();
    entry.beganAt = entry.checkedAt = now;
    entry.dueAt = now + CHECK_MS;
    this.watched.add(entry);
    if (entry.dueAt < this.ringsAt) this.ringAt(entry.dueAt, now);
  }

  /** Takes a last reading, so that short calls have a peak as well. */
  remove(entry: Watched): void {
    if (this.watched.delete(entry)) entry.peakBytes = Math.max(entry.peakBytes, entry.gauge.lately() ?? 0);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.ringsAt = Infinity;
    this.watched.clear();
    closeLastStarted();
  }

  private ringAt(at: number, now: number): void {
    clearTimeout(this.timer);
    this.ringsAt = at;
    this.timer = setTimeout(() => this.check(), Math.max(1, at - now)).unref();
  }

  private check(): void {
    const now = performance.now();
    let next = Infinity;
    for (const entry of this.watched) {
      if (entry.dueAt > now + TOGETHER_MS || !this.exceeds(entry, now)) next = Math.min(next, entry.dueAt);
    }
    // The timer ends here and not with the last `remove`: calls come in quick succession.
    if (this.watched.size === 0) this.ringsAt = Infinity;
    else this.ringAt(next, performance.now());
  }

  private exceeds(entry: Watched, now: number): boolean {
    measure(entry, now);
    const isTooLarge = entry.bytes > entry.limitBytes;
    if (!isTooLarge && entry.family.size <= entry.maxProcesses) return false;
    this.watched.delete(entry);
    entry.onExceeded(isTooLarge ? 'memory' : 'processes');
    return true;
  }
}

function measure(entry: Watched, now: number): void {
  const { family, gauge, limitBytes, bytes: before, beganAt, checkedAt } = entry;
  family.look(now);
  const bytes = (gauge.read(now) ?? 0) + family.bytes;
  if (bytes > entry.peakBytes) entry.peakBytes = bytes;
  const [ageMs, lastMs] = [now - beganAt, now - checkedAt];
  const hasChildren = family.size > 0;
  entry.bytes = bytes;
  entry.checkedAt = now;
  entry.dueAt = now + nextCheckMs({ ageMs, bytes, limitBytes, changedBytes: bytes - before, hasChildren, lastMs });
}
