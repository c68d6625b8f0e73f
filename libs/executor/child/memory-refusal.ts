/**
 * Tells an error that stands for memory refused by the system from any other. There is no code on V8's own
 * (`RangeError`), so it is held against the one this very engine makes when it is asked for more than there is.
 */
import { readFileSync } from 'node:fs';

const CODES = new Set(['ENOMEM', 'ERR_MEMORY_ALLOCATION_FAILED', 'ERR_WORKER_OUT_OF_MEMORY', 'Z_MEM_ERROR']);
/** So little of the data limit left means that any `RangeError` is about memory, bytes. */
const NARROW = 24 * 1024 * 1024;

let engines: string | undefined;

export function isMemoryRefusal(error: unknown): boolean {
  try {
    if (!(error instanceof Error)) return false;
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined) return CODES.has(code);
    return error instanceof RangeError && (error.message === enginesOwn() || isNarrow());
  } catch {
    return false;
  }
}

function enginesOwn(): string {
  if (engines === undefined) {
    try {
      engines = String(new ArrayBuffer(Number.MAX_SAFE_INTEGER).byteLength);
    } catch (refused) {
      engines = (refused as Error).message;
    }
  }
  return engines;
}

/** Linux only: how much of RLIMIT_DATA is used. Elsewhere there is no such limit on us either. */
function isNarrow(): boolean {
  try {
    const used = /^VmData:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    const limit = /^Max data size\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return used !== undefined && limit !== undefined && Number(used) * 1024 > Number(limit) - NARROW;
  } catch {
    return false;
  }
}
