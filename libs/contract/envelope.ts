/** The envelope: the shape of every answer, whatever the route, the door or the ending. */
import type { ErrorType, Started } from './errors';
import type { FieldError } from './refusal';
import type { ThrownError } from './thrown-error';

export interface EnvelopeError {
  type: ErrorType;
  message: string;
  /** Class name of what the function threw, such as `TypeError`. */
  name?: string;
  stack?: string;
  /** The `code` of what the function threw, such as `ECONNREFUSED`. */
  code?: string | number;
  /** The fields of what the function threw that are JSON, such as `status`. */
  details?: Record<string, unknown>;
  /** Why, as far as what the function threw tells. */
  cause?: ThrownError;
  /** The errors of an AggregateError. */
  errors?: ThrownError[];
  /** Whether the same call may succeed when it is sent again. Refusals and platform failures only. */
  retryable?: boolean;
  /** Whether the function was started. Refusals and platform failures only. */
  started?: Started;
  /** What is wrong, one entry a fault, each naming the field and the rule. INVALID_REQUEST only. */
  fields?: FieldError[];
  exitCode?: number;
  signal?: string;
  /** The limit that was passed, ms. FUNCTION_TIMEOUT only. */
  limitMs?: number;
}

export interface Envelope<T = unknown> {
  /** 0: the function returned. Else a code from the table in `errors.ts`. */
  code: number;
  data: T | null;
  error: EnvelopeError | Record<string, never>;
  requestID: string;
}

/**
 * The envelope of a success as JSON text. `dataJson` is JSON already (the sandbox wrote it), so it goes in as it is:
 * a result is serialised once in its life.
 */
export function successJson(requestID: string, dataJson: string): string {
  return `{"code":0,"data":${dataJson},"error":{},"requestID":${JSON.stringify(requestID)}}`;
}

/** The `data` of a success as JSON text, cut out of its envelope: for wires that wrap a result in their own way. */
export function dataJsonOf(envelope: string, requestID: string): string {
  const [head, tail] = successJson(requestID, '\n').split('\n') as [string, string];
  if (!envelope.startsWith(head) || !envelope.endsWith(tail)) throw new Error(`No success: ${envelope.slice(0, 100)}`);
  return envelope.slice(head.length, -tail.length);
}

export function failureJson(requestID: string, code: number, error: EnvelopeError): string {
  return JSON.stringify({ code, data: null, error, requestID } satisfies Envelope);
}
