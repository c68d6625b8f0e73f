/** The sandboxes of one version of one function: how many are at work, how long its calls take, who waits for one of them. */
import { availableParallelism } from 'node:os';
import { LiveMap } from '@invoq/live/live-map';
import { isHot, isSoon, MOMENT_MS, mostBehind, paceWith } from '@invoq/policy/packing';
import { WaitQueue } from './wait-queue';
import type { Sandbox } from '../sandbox/sandbox';

const CORES = availableParallelism();

interface Busy {
  sandbox: Sandbox;
  /** When the call at hand began, as `performance.now()`. */
  began: number;
  /** The one at hand, and those behind it. */
  calls: number;
}

export class FunctionPool {
  readonly waiting = new WaitQueue<Sandbox>();
  private readonly busy = new LiveMap<Sandbox, Busy>();
  private readonly members = new Set<Sandbox>();
  private paceMs: number | undefined;

  get isGone(): boolean {
    return this.members.size === 0 && this.waiting.length === 0;
  }

  /** Whether a call is served sooner, or as soon and cheaper, by one that is at work. */
  get isHot(): boolean {
    if (this.busy.size === 0) return false;
    const since = performance.now() - MOMENT_MS;
    if (this.servesSoon(since) !== undefined) return true;
    if (this.busy.size < CORES) return false;
    let young = 0;
    for (const { began } of this.busy.values()) if (began > since) young++;
    return isHot({ paceMs: this.paceMs, young, waiting: this.waiting.length, cores: CORES });
  }

  /** For one more call to stand behind: of those longest at work, one for each core, the one with the fewest calls. */
  get takesMore(): Sandbox | undefined {
    if (this.paceMs === undefined) return undefined;
    const soon = this.servesSoon(performance.now() - MOMENT_MS);
    if (soon !== undefined) return soon;
    let [best, least]: [Sandbox | undefined, number] = [undefined, mostBehind(this.paceMs) + 1];
    let seen = 0;
    for (const { sandbox, calls } of this.busy.values()) {
      if (calls < least && sandbox.takesMore) [best, least] = [sandbox, calls];
      // The others have only just been woken, and rest again after their call.
      if (++seen === CORES) break;
    }
    return best;
  }

  /** The one longest at work, while its calls are few and brief and the one at hand began after `since`. */
  private servesSoon(since: number): Sandbox | undefined {
    const oldest = this.busy.first;
    if (oldest === undefined || oldest.began <= since || !isSoon(oldest.calls, this.paceMs)) return undefined;
    return oldest.sandbox.takesMore ? oldest.sandbox : undefined;
  }

  /** It is handed a call. */
  begins(sandbox: Sandbox): void {
    this.members.add(sandbox);
    const busy = this.busy.get(sandbox);
    if (busy === undefined) this.busy.set(sandbox, { sandbox, began: performance.now(), calls: 1 });
    else busy.calls++;
  }

  /** The call before is over, and the next one in it has begun. */
  goesOn(sandbox: Sandbox): void {
    const busy = this.busy.get(sandbox);
    if (busy !== undefined) busy.began = performance.now();
  }

  /** One of its calls is over. Answers whether it has none left. */
  ends(sandbox: Sandbox): boolean {
    const busy = this.busy.get(sandbox);
    if (busy !== undefined && --busy.calls > 0) return false;
    this.busy.delete(sandbox);
    return true;
  }

  /** A call has kept its process for so long. */
  took(ms: number): void {
    this.paceMs = paceWith(ms, this.paceMs);
  }

  loses(sandbox: Sandbox): void {
    this.members.delete(sandbox);
  }
}
