/** A small file of /proc that is read again and again: it stays open, and its numbers are read without making texts of them. */
import { closeSync, openSync, readSync } from 'node:fs';

/** For all: a read and what becomes of it are one step. */
const buffer = Buffer.alloc(256);
const ZERO = 0x30;

export class ProcFile {
  private fd: number | undefined;

  constructor(path: string) {
    try {
      this.fd = openSync(path, 'r');
    } catch {
      this.fd = undefined;
    }
  }

  /** The number in the n-th of its fields, which blanks part; undefined when there is none, or the process is gone. */
  number(n: number): number | undefined {
    if (this.fd === undefined) return undefined;
    let length: number;
    try {
      length = readSync(this.fd, buffer, 0, buffer.length, 0);
    } catch {
      return undefined;
    }
    let [at, value, digits] = [0, 0, 0];
    for (let left = n; left > 0 && at < length; at++) if (buffer[at] === 0x20) left--;
    for (; at < length; at++, digits++) {
      const digit = buffer[at] - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    return digits > 0 ? value : undefined;
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }
}
