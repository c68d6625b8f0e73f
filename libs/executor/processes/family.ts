/**
 * The processes that a sandbox's process has started, and they in turn: how many there are, and the memory of their own. Most
 * functions start none, so it is looked for some only now and then, and looking takes a twentieth of the worker's time at
 * most. Where nothing at all was started on the machine there is nothing to look for. One that was seen once is followed
 * when its parent is gone. Linux only: elsewhere there are none.
 */
import { readFileSync } from 'node:fs';
import { CHECK_MS, MAX_CHECK_MS } from '@invoq/policy/memory-checks';
import { lastStarted } from './last-started';
import { descendantsOf, hasMainThreadStarted, startOf, threadsOf } from './process-marks';

/** Between two checks while there are none, ms: with each check of memory, which may come a little early. */
const SELDOM_MS = MAX_CHECK_MS - CHECK_MS / 2;
/** A look at all of a function's threads takes 0.1 ms. Where nothing was started there is one in so many ms, for all that. */
const AT_LEAST_MS = 5_000;
/** A check that took long is not repeated before this many times as long. */
const REST_OF_TIME = 20;

type Members = Map<number, string | undefined>;
/** Shared by all that have none: most calls are over before anybody looks. */
const NONE: Members = new Map();

export class Family {
  /** Memory that is not shared with the programs' files, bytes. */
  bytes = 0;
  /** When each member was started, by pid. */
  private members = NONE;
  private nextAt = 0;
  private lookedAt = 0;
  /** What was the last to be started on this machine at the check before, and at the one before that. */
  private newest: number | undefined;
  private newestBefore: number | undefined;

  /** `threads`: those that Node itself has begun with, which start no processes. */
  constructor(
    private readonly pid: number,
    private readonly threads: number,
  ) {}

  get size(): number {
    return this.members.size;
  }

  /** Looks if it is time to. */
  look(now: number): void {
    if (this.nextAt === 0) this.nextAt = now + SELDOM_MS;
    if (now < this.nextAt) return;
    if (this.isAlone(now) && now < this.lookedAt + AT_LEAST_MS) this.nextAt = now + SELDOM_MS;
    else this.lookAtAll();
  }

  private lookAtAll(): void {
    const began = performance.now();
    this.lookedAt = began;
    this.follow(new Set(descendantsOf(this.pid)));
    this.bytes = 0;
    for (const pid of this.members.keys()) this.bytes += ownBytes(pid);
    const now = performance.now();
    this.nextAt = now + Math.max(this.size > 0 ? 0 : SELDOM_MS, (now - began) * REST_OF_TIME);
  }

  /**
   * It had no children at the last look, and has none now: nothing was started on this machine since, or neither its main
   * thread nor a thread of its own could have. A process has its number a moment before it is in its parent's list, so the
   * number must have stood still for two checks.
   */
  private isAlone(now: number): boolean {
    const newest = lastStarted(now);
    const stoodStill = newest !== undefined && newest === this.newest && newest === this.newestBefore;
    this.newestBefore = this.newest;
    this.newest = newest;
    if (this.size > 0) return false;
    return stoodStill || (threadsOf(this.pid) <= this.threads && !hasMainThreadStarted(this.pid));
  }

  private follow(found: Set<number>): void {
    for (const [pid, start] of this.members) {
      if (found.has(pid)) continue;
      // Its parent is gone, and it lives on by itself with what it has started; or it is gone too.
      if (start === undefined || startOf(pid) !== start) this.members.delete(pid);
      else for (const child of descendantsOf(pid)) found.add(child);
    }
    if (found.size > 0 && this.members === NONE) this.members = new Map();
    for (const pid of found) if (!this.members.has(pid)) this.members.set(pid, startOf(pid));
  }
}

/** 0 for a process that is gone. */
function ownBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return 1024 * (kilobytes(status, 'RssAnon:') + kilobytes(status, 'RssShmem:'));
  } catch {
    return 0;
  }
}

function kilobytes(status: string, name: string): number {
  const at = status.indexOf(name);
  return at === -1 ? 0 : Number.parseInt(status.slice(at + name.length, at + name.length + 24), 10) || 0;
}
