/**
 * Which of the calls that stand behind another one in a sandbox may still begin. Each has a token, a number that its worker
 * writes to a file, a few ahead, before the call itself goes down the pipe. The sandbox reads a token to begin the call; the worker reads
 * those that are left to give their calls to other sandboxes. Both read through one open file, whose position the kernel
 * moves for both at once (`read(2)`): so each token has one reader, and no call begins twice.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';

export const TOKEN_BYTES = 4;
/** Tokens that are written at once, as a write for each call is dear. A sandbox reads none before it has its call. */
const WRITTEN_AT_ONCE = 16;
/** Tokens that are taken back with one read. */
const READ_AT_ONCE = 64;

export class StartTokens {
  /** The latest that was given to a call, or taken back. */
  private last = 0;
  /** The latest in the file. */
  private written = 0;
  private isFull = false;
  private closed = false;

  private constructor(
    /** For the sandbox: to read, at the position that both share. */
    readonly fd: number,
    private readonly writer: number,
  ) {}

  /** The file at `path` has no name once this returns. Undefined where it cannot be made: then no call stands behind another. */
  static open(path: string): StartTokens | undefined {
    try {
      const writer = openSync(path, 'wx', 0o600);
      try {
        return new StartTokens(openSync(path, 'r'), writer);
      } finally {
        rmSync(path, { force: true });
      }
    } catch {
      return undefined;
    }
  }

  /** The token of one more call; undefined when there is no room for it. */
  put(): number | undefined {
    if (this.closed) return undefined;
    if (this.last === this.written && !this.writeMore()) return undefined;
    return ++this.last;
  }

  /** Those whose calls have not begun; they never will in this sandbox. */
  takeBack(): Set<number> {
    const tokens = new Set<number>();
    if (this.closed) return tokens;
    const bytes = Buffer.allocUnsafe(TOKEN_BYTES * READ_AT_ONCE);
    for (let length = bytes.length; length === bytes.length;) {
      length = readSync(this.fd, bytes, 0, bytes.length, null);
      for (let at = 0; at + TOKEN_BYTES <= length; at += TOKEN_BYTES) tokens.add(bytes.readUInt32LE(at));
    }
    // Those ahead are gone as well.
    this.last = this.written;
    return tokens;
  }

  private writeMore(): boolean {
    if (this.isFull) return false;
    const bytes = Buffer.allocUnsafe(TOKEN_BYTES * WRITTEN_AT_ONCE);
    for (let i = 0; i < WRITTEN_AT_ONCE; i++) bytes.writeUInt32LE(this.written + i + 1, i * TOKEN_BYTES);
    try {
      // At a position of its own: the shared one is for readers.
      const length = writeSync(this.writer, bytes, 0, bytes.length, this.written * TOKEN_BYTES);
      // Half a token would put all readers out of step, so nothing comes after it.
      this.isFull = length < bytes.length;
    } catch {
      this.isFull = true;
    }
    if (!this.isFull) this.written += WRITTEN_AT_ONCE;
    return !this.isFull;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.fd);
    closeSync(this.writer);
  }
}
