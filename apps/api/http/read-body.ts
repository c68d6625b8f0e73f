/** Reads the body of a request, and looks at a large one as it comes, so that it can be refused before its end. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { invalid, Refusal } from '@invoq/contract/refusal';
import { type BodyScan, type Span, WHOLE } from './body-scan';

/** A smaller body is parsed in less than 1 ms, whatever it holds, bytes. */
export const SCANNED_BYTES = 8 * 1_024;
/** Before its end, a body is checked from here on, bytes. */
const FIRST_SCAN_BYTES = 64 * 1_024;

/** `large`: where the field stands that may be large. Undefined for a small body, which nobody has checked. */
type Done = (error: Error | null, body: Buffer, large?: Span) => void;

/** `limit`: bytes. `done` is called once. After a refusal the rest of the body is read and dropped. */
export function readBody(payload: IncomingMessage, limit: number, newScan: () => BodyScan, done: Done): void {
  let body: Buffer = NOTHING;
  let bytes = 0;
  let scan: BodyScan | undefined;
  const announced = Number(payload.headers['content-length'] ?? 0);
  if (announced > limit) return done(tooLarge(), NOTHING);
  // They are taken off again: `once` would wrap each of them twice.
  payload.on('data', onData).on('end', onEnd).on('error', onError);

  function onData(chunk: Buffer): void {
    const begun = bytes;
    bytes += chunk.length;
    if (bytes > limit) return over(tooLarge());
    body = begun === 0 ? chunk : added(body, begun, chunk, Math.max(announced, Math.min(2 * bytes, limit)));
    if (bytes < FIRST_SCAN_BYTES) return;
    try {
      scanSoFar();
    } catch (refusal) {
      over(refusal as Error);
    }
  }

  function scanSoFar(): BodyScan {
    scan ??= newScan();
    scan.look(body, bytes);
    return scan;
  }

  function onEnd(): void {
    const whole = body.subarray(0, bytes);
    if (!isUtf8(whole)) return over(notUtf8(whole));
    if (bytes <= SCANNED_BYTES) return over(null, whole);
    let large: Span | undefined;
    try {
      large = scanSoFar().end();
    } catch (refusal) {
      return over(refusal as Error);
    }
    over(null, whole, large);
  }

  function onError(error: Error): void {
    over(Object.assign(error, { statusCode: 400 }));
  }

  function over(error: Error | null, whole = NOTHING, large?: Span): void {
    payload.off('data', onData).off('end', onEnd).off('error', onError);
    // What was refused still comes, and an error of it concerns nobody.
    if (error !== null) payload.on('error', () => undefined).resume();
    done(error, whole, large);
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

/** `most`: bytes to make room for, where there is too little. Memory that nothing was written to yet costs nothing. */
function added(body: Buffer, bytes: number, chunk: Buffer, most: number): Buffer {
  let room = body;
  if (bytes + chunk.length > body.length) {
    room = Buffer.allocUnsafeSlow(most);
    body.copy(room, 0, 0, bytes);
  }
  chunk.copy(room, bytes);
  return room;
}

function notUtf8(body: Buffer): Refusal {
  const rule = `must be UTF-8: the bytes from byte ${utf8Bytes(body) + 1} on are no character`;
  return invalid(WHOLE, rule);
}

/** How many bytes from the beginning are whole characters. */
export function utf8Bytes(body: Buffer): number {
  // The most bytes that are characters, the last of them cut short perhaps, by halving.
  let good = 0;
  let bad = body.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (wholeBefore(body, middle) === undefined) bad = middle;
    else good = middle;
  }
  return wholeBefore(body, good) ?? 0;
}

/** The end of the last whole character before this byte; undefined when what stands before is no UTF-8. */
function wholeBefore(body: Buffer, end: number): number | undefined {
  for (let whole = end; whole >= 0 && whole > end - 4; whole--) if (isUtf8(body.subarray(0, whole))) return whole;
  return undefined;
}

function tooLarge(): Refusal {
  return new Refusal(
    'PAYLOAD_TOO_LARGE',
    'The body is over the limit (INVOQ_BODY_LIMIT). Upload large fields with POST /v1/blobs.',
  );
}
