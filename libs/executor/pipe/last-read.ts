/**
 * Node destroys a pipe when a write to it fails, and drops what can still be read from it. A process that leaves says so first:
 * a worker that was held up writes the next call before it has read that.
 */
import { readSync } from 'node:fs';
import type { Duplex } from 'node:stream';

/** Read at once, bytes. */
const READ_BYTES = 64 * 1024;
/** The kernel holds less for a pipe; a process that only pretends to be gone could go on for ever. */
const MAX_READS = 16;

/** `read`: has what the pipe still holds, right before an error destroys it. */
export function readBeforeErrors(pipe: Duplex, read: (chunk: Buffer) => void): void {
  const destroy = pipe._destroy.bind(pipe);
  pipe._destroy = (error, done) => {
    if (error !== null) readAll(pipe, read);
    destroy(error, done);
  };
}

function readAll(pipe: Duplex, read: (chunk: Buffer) => void): void {
  const { fd } = (pipe as Duplex & { _handle?: { fd?: number } | null })._handle ?? {};
  if (fd === undefined || fd < 0) return;
  try {
    for (let reads = 0; reads < MAX_READS; reads++) {
      const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
      const length = readSync(fd, buffer);
      if (length === 0) return;
      read(buffer.subarray(0, length));
    }
  } catch {
    // Nothing is left, or it cannot be read.
  }
}
