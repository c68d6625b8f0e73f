/**
 * Which of the calls that stand behind another one in a sandbox may still begin. Each has a token, a number that its worker
 * writes to a file before the call itself goes down the pipe. The sandbox reads a token to begin the call; the worker reads
 * those that are left to give their calls to other sandboxes. Both read through one open file, whose position the kernel
 * moves for both at once (`read(2)`): so each token has one reader, and no call begins twice.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';

export const TOKEN_BYTES = 4;
/** Tokens that are taken back with one read. */
const READ_AT_ONCE = 64;

export class StartTokens {
  private last = 0;
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
    const bytes = Buffer.allocUnsafe(TOKEN_BYTES);
    bytes.writeUInt32LE(this.last + 1);
    try {
      // At a position of its own: the shared one is for readers.
      if (writeSync(this.writer, bytes, 0, TOKEN_BYTES, this.last * TOKEN_BYTES) < TOKEN_BYTES) return undefined;
    } catch {
      return undefined;
    }
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
    return tokens;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.fd);
    closeSync(this.writer);
  }
}
