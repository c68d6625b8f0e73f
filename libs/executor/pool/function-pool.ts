/** The sandboxes of one version of one function: how many are at work, how long its calls take, who waits for one of them. */
import { availableParallelism } from 'node:os';
import { isWorthWaiting, MOMENT_MS, paceWith } from '@invoq/policy/packing';
import { WaitQueue } from './wait-queue';
import type { Sandbox } from '../sandbox/sandbox';

const CORES = availableParallelism();

export class FunctionPool {
  readonly waiting = new WaitQueue<Sandbox>();
  /** By the time at which they were given their call. */
  private readonly busy = new Map<Sandbox, number>();
  private readonly members = new Set<Sandbox>();
  private paceMs: number | undefined;

  get isGone(): boolean {
    return this.members.size === 0 && this.waiting.length === 0;
  }

  /** Whether a call is served sooner, or as soon and cheaper, by one that is at work. */
  get isHot(): boolean {
    if (this.busy.size < CORES) return false;
    const since = performance.now() - MOMENT_MS;
    let young = 0;
    for (const began of this.busy.values()) if (began > since) young++;
    return isWorthWaiting({ paceMs: this.paceMs, young, waiting: this.waiting.length, cores: CORES });
  }

  begins(sandbox: Sandbox): void {
    this.members.add(sandbox);
    this.busy.set(sandbox, performance.now());
  }

  ends(sandbox: Sandbox): void {
    this.busy.delete(sandbox);
  }

  /** A call has kept its process for so long. */
  took(ms: number): void {
    this.paceMs = paceWith(ms, this.paceMs);
  }

  loses(sandbox: Sandbox): void {
    this.members.delete(sandbox);
  }
}
