/** The `Range` header (RFC 9110) as far as it is honoured: one range of bytes. */
import type { BlobRange } from '@invoq/blobs/blob-store';

/** Undefined: all of it. `beyond`: it asks for bytes that are not there. Malformed and multiple ranges are ignored. */
export function parseRange(header: string | undefined, bytes: number): BlobRange | 'beyond' | undefined {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  if (from === '') {
    const last = Math.min(Number(to), bytes);
    return last === 0 ? 'beyond' : { start: bytes - last, end: bytes - 1 };
  }
  const start = Number(from);
  if (to !== '' && Number(to) < start) return undefined;
  return start >= bytes ? 'beyond' : { start, end: Math.min(to === '' ? Infinity : Number(to), bytes - 1) };
}
