/**
 * Failed attempts to show a key or a token, counted by address, so that no address tries for long. In this process alone,
 * in bounded memory.
 *
 * The right secret of a key always passes: behind a proxy many callers have one address, and a lock would shut
 * out whoever has a key there by the failures of others. A secret of 256 random bits needs no lock (decision 34).
 */
import { addressBlock } from './address-block';

const WINDOW_MS = 60_000;
/** Failures of one address in a window, beyond which it has to wait. */
export const MAX_FAILURES = 50;
/** Addresses at most. */
const MAX_ENTRIES = 10_000;
/** Between two checks for counts that are over, when there is no more room, ms. */
const SWEEP_MS = 1_000;

interface Count {
  failures: number;
  /** ms since the epoch. */
  until: number;
}

export class FailedAttempts {
  /** By the number of failures, so that the least is at hand. What a place holds is in the order of its last failure. */
  private readonly levels = Array.from({ length: MAX_FAILURES + 1 }, () => new Map<string, Count>());
  private readonly levelOf = new Map<string, number>();
  private sweptAt = 0;

  constructor(private readonly maxEntries = MAX_ENTRIES) {}

  /** Seconds until this address may fail again; undefined: now. `now` in ms. */
  closedForS(ip: string, now: number): number | undefined {
    const count = this.read(addressBlock(ip), now);
    if (!count || count.failures < MAX_FAILURES) return undefined;
    return Math.max(1, Math.ceil((count.until - now) / 1_000));
  }

  failed(ip: string, now: number): void {
    const address = addressBlock(ip);
    const count = this.read(address, now) ?? { failures: 0, until: now + WINDOW_MS };
    this.forget(address);
    if (this.levelOf.size >= this.maxEntries) this.makeRoom(now);
    count.failures = Math.min(MAX_FAILURES, count.failures + 1);
    this.levels[count.failures].set(address, count);
    this.levelOf.set(address, count.failures);
  }

  get size(): number {
    return this.levelOf.size;
  }

  private read(address: string, now: number): Count | undefined {
    const level = this.levelOf.get(address);
    const count = level === undefined ? undefined : this.levels[level].get(address);
    if (count === undefined || now < count.until) return count;
    this.forget(address);
    return undefined;
  }

  private forget(address: string): void {
    const level = this.levelOf.get(address);
    if (level === undefined) return;
    this.levels[level].delete(address);
    this.levelOf.delete(address);
  }

  /** What is over goes first, then the least count: whoever comes from many addresses cannot push out one that failed often. */
  private makeRoom(now: number): void {
    if (now - this.sweptAt >= SWEEP_MS) {
      this.sweptAt = now;
      for (const level of this.levels) {
        for (const [address, { until }] of level) if (until <= now) this.forget(address);
      }
    }
    if (this.levelOf.size < this.maxEntries) return;
    const least = this.levels.find(({ size }) => size > 0)!;
    this.forget(least.keys().next().value!);
  }
}
