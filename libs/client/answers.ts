/** Reads answers of the API: the envelope, or the error that stands for it. */
import type { Envelope } from '@invoq/contract/envelope';
import { errorOf, InvoqError } from './errors';
import type { Response } from './exchange';

/** Where a large field or a large result is, for whoever has the address. */
export interface BlobLink {
  url: string;
  bytes: number;
  /** ISO 8601. */
  expiresAt: string;
}

/** In `Preference-Applied`: `data` is not the result, but a `BlobLink`. */
const RESULT_AS_LINK = 'result=url';
const ACCEPTED = 202;
/** Of what is not Invoq's, characters. */
const MAX_SHOWN = 200;
const MAX_PAGE = 4_096;

export interface Answered {
  /** Of the invocation. */
  requestID: string;
  data: unknown;
  /** There is no end yet. */
  pending: boolean;
  /** `data` is a `BlobLink`. */
  linked: boolean;
}

/** Throws what the answer tells of: a `FunctionError`, or an `InvoqError`. */
export function answerOf(response: Response): Answered {
  const envelope = envelopeOf(response);
  if (envelope.code !== 0) throw errorOf(envelope, response.status, retryAfterMs(response));
  return {
    requestID: envelope.requestID,
    data: envelope.data,
    pending: response.status === ACCEPTED,
    linked: (response.header('preference-applied') ?? '').includes(RESULT_AS_LINK),
  };
}

export function envelopeOf(response: Response): Envelope {
  const read = parsed(response.text);
  if (isEnvelope(read)) return read;
  const { status, text } = response;
  throw new InvoqError({
    type: 'BAD_ANSWER',
    message: `HTTP ${status} with an answer that is not one of Invoq's: ${shownOf(text)}`,
    status,
    // A proxy that reached nobody; whether the call went through is not known.
    retryable: status >= 502 && status <= 504,
    started: 'unknown',
    retryAfterMs: retryAfterMs(response),
  });
}

/** A page is what proxies answer by themselves. Its title says what is wrong, and its markup nothing. */
function shownOf(text: string): string {
  if (!text.trimStart().startsWith('<')) return text.slice(0, MAX_SHOWN);
  const head = text.slice(0, MAX_PAGE);
  const title = /<title>([^<]*)/i.exec(head)?.[1].trim();
  return `a page of a proxy or another server in front of it${title ? `, "${title.slice(0, MAX_SHOWN)}"` : ''}`;
}

/** Seconds only: the API sends no dates. */
export function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.header('retry-after') ?? NaN);
  return seconds >= 0 ? seconds * 1_000 : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false;
  const { code, error, requestID } = value as Partial<Envelope>;
  return typeof code === 'number' && typeof error === 'object' && error !== null && typeof requestID === 'string';
}
