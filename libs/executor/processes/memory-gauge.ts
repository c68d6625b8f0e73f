/** One process's resident memory, through a descriptor that is kept open: a read takes 2 µs. Linux only: elsewhere it reads nothing. */
import { readFileSync } from 'node:fs';
import { CHECK_MS } from '@invoq/policy/memory-checks';
import { threadsOf } from './process-marks';
import { ProcFile } from './proc-file';

export class MemoryGauge {
  /** As it began. */
  readonly threads: number;
  private readonly statm: ProcFile;
  private last: number | undefined;
  private readAt = -Infinity;

  constructor(pid: number) {
    this.statm = new ProcFile(`/proc/${pid}/statm`);
    this.threads = threadsOf(pid);
  }

  /** Resident bytes; undefined when the process is gone or the system does not tell. */
  read(now = performance.now()): number | undefined {
    // The first number is all that it has mapped, the second what is resident, in pages.
    const pages = this.statm.number(1);
    if (pages === undefined) return undefined;
    this.last = pages * pageBytes();
    this.readAt = now;
    return this.last;
  }

  /** The same, as it was 25 ms ago at most: of calls that come in quick succession not each is worth a read. */
  lately(): number | undefined {
    const now = performance.now();
    return now - this.readAt < CHECK_MS ? this.last : this.read(now);
  }

  close(): void {
    this.statm.close();
  }
}

let page: number | undefined;

/** Node does not tell the size of a page, but it tells our own memory in bytes, and the kernel in pages. */
function pageBytes(): number {
  if (page === undefined) {
    const pages = Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[1]);
    const size = process.memoryUsage.rss() / pages;
    page = 2 ** Math.round(Math.log2(size));
  }
  return page;
}
