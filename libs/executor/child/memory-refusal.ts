/**
 * Tells an error that stands for memory refused by the system from any other. There is no code on V8's own
 * (`RangeError`), so it is held against the one this very engine makes when it is asked for more than there is.
 */
import { hasOwn, indexOf, readFileSync, slice } from '../pipe/primordials';

const CODES = { ENOMEM: 1, ERR_MEMORY_ALLOCATION_FAILED: 1, ERR_WORKER_OUT_OF_MEMORY: 1, Z_MEM_ERROR: 1 };
const { Error, RangeError, ArrayBuffer, Number, String } = globalThis;
/** So little of the data limit left means that any `RangeError` is about memory, bytes. */
const NARROW = 24 * 1024 * 1024;

let engines: string | undefined;

export function isMemoryRefusal(error: unknown): boolean {
  try {
    if (!(error instanceof Error)) return false;
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined) return typeof code === 'string' && hasOwn(CODES, code);
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
    const usedKb = numberAfter('VmData:', readFileSync('/proc/self/status', 'utf8'));
    const limit = numberAfter('Max data size', readFileSync('/proc/self/limits', 'utf8'));
    return usedKb * 1024 > limit - NARROW;
  } catch {
    return false;
  }
}

/** NaN where there is none, or it is "unlimited". */
function numberAfter(label: string, text: string): number {
  const at = indexOf(text, label);
  if (at === -1) return NaN;
  let digits = '';
  for (let i = at + label.length; i < text.length; i++) {
    const character = slice(text, i, i + 1);
    if (character >= '0' && character <= '9') digits += character;
    else if (digits !== '' || (character !== ' ' && character !== '\t')) break;
  }
  return digits === '' ? NaN : Number(digits);
}
