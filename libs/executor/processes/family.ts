/**
 * The processes that a sandbox's process has started, and they in turn: how many there are, and the memory of their own. Most
 * functions start none, so it is looked for some only now and then, and looking takes a twentieth of the worker's time at
 * most. One that was seen once is followed when its parent is gone. Linux only: elsewhere there are none.
 */
import { readFileSync } from 'node:fs';
import { descendantsOf, startOf } from './process-marks';

/** Between two checks while there are none, ms. */
const SELDOM_MS = 100;
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

  constructor(private readonly pid: number) {}

  get size(): number {
    return this.members.size;
  }

  /** Looks if it is time to. */
  look(): void {
    const began = performance.now();
    if (this.nextAt === 0) this.nextAt = began + SELDOM_MS;
    if (began < this.nextAt) return;
    this.follow(new Set(descendantsOf(this.pid)));
    this.bytes = 0;
    for (const pid of this.members.keys()) this.bytes += ownBytes(pid);
    const now = performance.now();
    this.nextAt = now + Math.max(this.size > 0 ? 0 : SELDOM_MS, (now - began) * REST_OF_TIME);
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
