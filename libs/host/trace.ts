/** W3C trace context, level 1: the trace that a call belongs to, read from and written to `traceparent`. */
import { randomBytes } from 'node:crypto';

export interface Trace {
  /** 32 hex digits, the same for all that one request causes. */
  traceId: string;
  /** 16 hex digits: the span that is the parent of whatever is sent with this. */
  spanId: string;
  sampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_LENGTH = 256;
const SAMPLED = 0x01;

/** Undefined: there is none, or it is not a valid one, which counts as none. */
export function parseTraceparent(header: string | undefined): Trace | undefined {
  if (header === undefined || header.length > MAX_LENGTH) return undefined;
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(header.trim()) ?? [];
  if (version === undefined || version === 'ff') return undefined;
  // Later versions may add fields; this one has none.
  if (version === '00' && rest !== undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export function makeTraceparent({ traceId, spanId, sampled }: Trace): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** A new span: of the caller's trace if it sent one, else of a new trace. */
export function continueTrace(parent?: Trace): Trace {
  return { traceId: parent?.traceId ?? randomHex(16), spanId: randomHex(8), sampled: parent?.sampled ?? false };
}

/** All zeros is no valid id; the odds are one in 2^64, the check is free. */
function randomHex(size: number): string {
  const hex = randomBytes(size).toString('hex');
  return /^0+$/.test(hex) ? randomHex(size) : hex;
}
