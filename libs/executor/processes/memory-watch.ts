/**
 * Reads the resident memory of running sandboxes, each 25 ms, with one timer for all (8 µs a read), and what their child
 * processes take on top of it (see `family.ts`). Linux only: elsewhere nothing is read and nothing is exceeded.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { Family } from './family';

const EVERY_MS = 25;

/** One process's memory, through a descriptor that is kept open. */
export class MemoryGauge {
  private fd: number | undefined;
  private readonly buffer = Buffer.alloc(64);
  private last: number | undefined;
  private readAt = -Infinity;

  constructor(pid: number) {
    try {
      this.fd = openSync(`/proc/${pid}/statm`, 'r');
    } catch {
      this.fd = undefined;
    }
  }

  /** Resident bytes; undefined when the process is gone or the system does not tell. */
  read(): number | undefined {
    if (this.fd === undefined) return undefined;
    try {
      const length = readSync(this.fd, this.buffer, 0, this.buffer.length, 0);
      this.last = residentPages(this.buffer.toString('latin1', 0, length)) * pageBytes();
      this.readAt = performance.now();
      return this.last;
    } catch {
      return undefined;
    }
  }

  /** The same, as it was `EVERY_MS` ago at most: of calls that come in quick succession not each is worth a read. */
  lately(): number | undefined {
    return performance.now() - this.readAt < EVERY_MS ? this.last : this.read();
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }
}

export interface Watched {
  gauge: MemoryGauge;
  family: Family;
  limitBytes: number;
  /** Child processes, and theirs. */
  maxProcesses: number;
  peakBytes: number;
  onExceeded(what: 'memory' | 'processes'): void;
}

/** A process with all that it starts, as it is watched from now on. */
export function watchedOf(
  { pid, gauge, limitBytes }: Pick<Watched, 'gauge' | 'limitBytes'> & { pid: number },
  maxProcesses: number,
  onExceeded: Watched['onExceeded'],
): Watched {
  return { gauge, family: new Family(pid), limitBytes, maxProcesses, peakBytes: 0, onExceeded };
}

export class MemoryWatch {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;

  add(entry: Watched): void {
    this.watched.add(entry);
    this.timer ??= setInterval(() => this.check(), EVERY_MS).unref();
  }

  /** Takes a last reading, so that short calls have a peak as well. */
  remove(entry: Watched): void {
    if (this.watched.delete(entry)) entry.peakBytes = Math.max(entry.peakBytes, entry.gauge.lately() ?? 0);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.watched.clear();
  }

  private check(): void {
    // The timer is stopped here and not by the last `remove`: calls come in quick succession.
    if (this.watched.size === 0) return this.stop();
    for (const entry of this.watched) {
      const isTooLarge = measure(entry) > entry.limitBytes;
      if (!isTooLarge && entry.family.size <= entry.maxProcesses) continue;
      this.watched.delete(entry);
      entry.onExceeded(isTooLarge ? 'memory' : 'processes');
    }
  }
}

function measure(entry: Watched): number {
  entry.family.look();
  const bytes = (entry.gauge.read() ?? 0) + entry.family.bytes;
  if (bytes > entry.peakBytes) entry.peakBytes = bytes;
  return bytes;
}

function residentPages(statm: string): number {
  const start = statm.indexOf(' ') + 1;
  return Number(statm.slice(start, statm.indexOf(' ', start)));
}

let page: number | undefined;

/** Node does not tell the size of a page, but it tells our own memory in bytes, and the kernel in pages. */
function pageBytes(): number {
  if (page === undefined) {
    const pages = residentPages(readFileSync('/proc/self/statm', 'latin1'));
    const size = process.memoryUsage.rss() / pages;
    page = 2 ** Math.round(Math.log2(size));
  }
  return page;
}
