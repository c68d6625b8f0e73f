/**
 * W3C Trace Context: where something stands in a trace, as `traceparent` and `tracestate` say it. Both are passed on as they
 * came; nothing here makes an id.
 */
export interface TraceContext {
  /** A valid header, as it was sent. */
  traceparent: string;
  /** What vendors of tracing add to it. */
  tracestate?: string;
}

export interface TraceIDs {
  /** 32 hex digits, the same for all that one request causes. */
  traceId: string;
  /** 16 hex digits: the span that is the parent of whatever is sent with this. */
  spanId: string;
  isSampled: boolean;
}

/** Fields of a line of the log, by the names that OpenTelemetry gives them outside of OTLP. */
export interface TraceFields {
  trace_id?: string;
  /** Of a span that this process has made. */
  span_id?: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_LENGTH = 256;
/** As many characters of `tracestate` have to be passed on; a longer one is left out. */
const MAX_STATE = 512;
const TRACESTATE = /^[\x20-\x7e]+$/;
const SAMPLED = 0x01;

/** Undefined: there is none, or it is not a valid one, which counts as none. */
export function parseTraceparent(header: string | undefined): TraceIDs | undefined {
  if (header === undefined || header.length > MAX_LENGTH) return undefined;
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(header.trim()) ?? [];
  if (version === undefined || version === 'ff') return undefined;
  // Later versions may add fields; this one has none.
  if (version === '00' && rest !== undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** Of the headers of a request. A `tracestate` that breaks the rules is left out; it says nothing without the other. */
export function readTraceContext(traceparent?: string, tracestate?: string): TraceContext | undefined {
  if (traceparent === undefined || parseTraceparent(traceparent) === undefined) return undefined;
  const isSound = tracestate !== undefined && tracestate.length <= MAX_STATE && TRACESTATE.test(tracestate);
  return isSound ? { traceparent: traceparent.trim(), tracestate } : { traceparent: traceparent.trim() };
}

/** As a record holds it: both in one text. */
export function traceText({ traceparent, tracestate }: TraceContext): string {
  return tracestate === undefined ? traceparent : `${traceparent} ${tracestate}`;
}

/** Of a record; '' when it has none. */
export function traceOfText(text: string): TraceContext | undefined {
  if (text === '') return undefined;
  const space = text.indexOf(' ');
  return space === -1
    ? { traceparent: text }
    : { traceparent: text.slice(0, space), tracestate: text.slice(space + 1) };
}

/** For the log of a process that has made no span. */
export function traceFields(trace: TraceContext | undefined): TraceFields {
  const traceId = parseTraceparent(trace?.traceparent)?.traceId;
  return traceId === undefined ? {} : { trace_id: traceId };
}
