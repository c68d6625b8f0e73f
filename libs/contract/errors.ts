/**
 * The code table: every way a call can be answered other than by a result. It lives here only; `docs/errors.md` is held
 * to it by a test, both ways. HTTP status speaks for the platform, `code` speaks for the function.
 */

interface ErrorRow {
  /** `code` of the envelope. */
  code: number;
  /** HTTP status of a sync answer. */
  http: number;
  /** May the same call succeed when it is sent again as it is? */
  retryable: boolean;
  /** Had the function been started when this was said? `depends`: said by whoever refuses. */
  started: boolean | 'depends';
  meaning: string;
}

export const ERRORS = {
  FUNCTION_ERROR: {
    code: 1,
    http: 200,
    retryable: false,
    started: true,
    meaning: 'The function threw, rejected, or called back with an error.',
  },
  FUNCTION_TIMEOUT: {
    code: 2,
    http: 200,
    retryable: false,
    started: true,
    meaning: 'It ran past its limit and was killed.',
  },
  FUNCTION_CRASHED: {
    code: 3,
    http: 200,
    retryable: false,
    started: true,
    meaning: 'Its process exited or died; the exit code or signal is given.',
  },
  MEMORY_LIMIT: {
    code: 4,
    http: 200,
    retryable: false,
    started: true,
    meaning: 'It outgrew its memory and was killed.',
  },
  BAD_RESULT: {
    code: 5,
    http: 200,
    retryable: false,
    started: true,
    meaning: 'What it returned is not JSON, or too large, or too deep.',
  },
  INVALID_REQUEST: {
    code: 400,
    http: 400,
    retryable: false,
    started: false,
    meaning: 'The request breaks a rule; `fields` names each field at fault and its rule.',
  },
  UNAUTHENTICATED: {
    code: 401,
    http: 401,
    retryable: false,
    started: false,
    meaning: 'No key was sent, or it is not a known one. Send `Authorization: Bearer <id>.<secret>`.',
  },
  FORBIDDEN: {
    code: 403,
    http: 403,
    retryable: false,
    started: false,
    meaning: 'The key lacks the scope or the env that this needs.',
  },
  FUNCTION_NOT_FOUND: {
    code: 404,
    http: 404,
    retryable: false,
    started: false,
    meaning:
      'Said when a call is submitted: no worker has published a function of this name in this env. `GET /v1/functions` lists them.',
  },
  INVOCATION_NOT_FOUND: {
    code: 404,
    http: 404,
    retryable: false,
    started: false,
    meaning: 'No invocation has this requestID in this env, or its record is past retention.',
  },
  SCHEDULE_NOT_FOUND: {
    code: 404,
    http: 404,
    retryable: false,
    started: false,
    meaning: 'No schedule has this id in this env.',
  },
  WORKER_NOT_FOUND: {
    code: 404,
    http: 404,
    retryable: false,
    started: false,
    meaning: 'No living worker has this id.',
  },
  QUEUE_NOT_FOUND: {
    code: 404,
    http: 404,
    retryable: false,
    started: false,
    meaning: 'No worker serves a queue of this name, and no function belongs to it.',
  },
  ROUTE_NOT_FOUND: {
    code: 404,
    http: 404,
    retryable: false,
    started: false,
    meaning: 'There is nothing at this address.',
  },
  METHOD_NOT_ALLOWED: {
    code: 405,
    http: 405,
    retryable: false,
    started: false,
    meaning: 'The address exists, but not for this method; `Allow` names those that it takes.',
  },
  REQUEST_TIMEOUT: {
    code: 408,
    http: 408,
    retryable: true,
    started: false,
    meaning: 'The request did not arrive in time. Send it again.',
  },
  CANCELLED: {
    code: 409,
    http: 409,
    retryable: false,
    started: 'depends',
    meaning: 'The invocation was cancelled by request.',
  },
  ALREADY_ENDED: {
    code: 409,
    http: 409,
    retryable: false,
    started: 'depends',
    meaning: 'The invocation has ended; there is nothing left to cancel.',
  },
  NOTHING_TO_DELIVER: {
    code: 409,
    http: 409,
    retryable: false,
    started: 'depends',
    meaning: 'The call has no callback, has not ended yet, or ended in a way that its callback does not ask for.',
  },
  NOT_REPLAYABLE: {
    code: 409,
    http: 409,
    retryable: false,
    started: 'depends',
    meaning: 'The call has not ended yet, or its data are not kept, so it cannot be done again.',
  },
  WORKER_NOT_DRAINABLE: {
    code: 409,
    http: 409,
    retryable: false,
    started: false,
    meaning: 'The worker is of a release that cannot be drained. Stop its process with SIGTERM instead.',
  },
  WORKER_ENDING: {
    code: 409,
    http: 409,
    retryable: false,
    started: false,
    meaning: 'The worker is about to end, so it cannot be resumed. Start another one.',
  },
  FUNCTION_SERVED: {
    code: 409,
    http: 409,
    retryable: false,
    started: false,
    meaning: 'A living worker serves the function, so it cannot be forgotten.',
  },
  PAYLOAD_TOO_LARGE: {
    code: 413,
    http: 413,
    retryable: false,
    started: false,
    meaning: 'The body is over its limit. Upload large fields with `POST /v1/blobs`.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    code: 415,
    http: 415,
    retryable: false,
    started: false,
    meaning: 'The Content-Type or Content-Encoding is not accepted. Send JSON in UTF-8, as `application/json`.',
  },
  MISDIRECTED_REQUEST: {
    code: 421,
    http: 421,
    retryable: false,
    started: false,
    meaning:
      'The Host of the request is not a name of this server. Without keys it answers to loopback names and INVOQ_PUBLIC_URL.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    code: 422,
    http: 422,
    retryable: false,
    started: false,
    meaning: 'This Idempotency-Key was used with another request. Use a new key for a new request.',
  },
  RATE_LIMITED: {
    code: 429,
    http: 429,
    retryable: true,
    started: false,
    meaning: 'Too many calls in too short a time, or too many at the same time. Wait for `Retry-After`.',
  },
  QUEUE_FULL: {
    code: 429,
    http: 429,
    retryable: true,
    started: false,
    meaning:
      'The queue is full: as many calls wait as may wait, or their data hold as many bytes as they may. Wait for `Retry-After`.',
  },
  HEADERS_TOO_LARGE: {
    code: 431,
    http: 431,
    retryable: false,
    started: false,
    meaning: 'The request line and the header fields are over the limit. Send fewer or shorter header fields.',
  },
  INTERNAL: {
    code: 500,
    http: 500,
    retryable: false,
    started: 'depends',
    meaning: 'An internal error. The log has it under the requestID.',
  },
  WORKER_LOST: {
    code: 502,
    http: 502,
    retryable: true,
    started: true,
    meaning:
      'The worker died while it ran the call. A sync call is not run again; an async call was started as often as it may be.',
  },
  STORE_UNAVAILABLE: {
    code: 503,
    http: 503,
    retryable: true,
    started: 'depends',
    meaning: 'Redis is away, loading or read-only. Send the call again later, with an Idempotency-Key.',
  },
  STORE_FULL: {
    code: 503,
    http: 503,
    retryable: true,
    started: false,
    meaning: 'There is no room left for a new record or blob: Redis is nearly full, or the env has used up a quota.',
  },
  OVERLOADED: {
    code: 503,
    http: 503,
    retryable: true,
    started: false,
    meaning:
      'This process is full, is shutting down, or has other settings than the rest of the fleet. Send the call again.',
  },
  NO_WORKER: {
    code: 503,
    http: 503,
    retryable: true,
    started: false,
    meaning:
      'The function is known, and no worker that takes calls serves it. Start one, or resume one that is drained.',
  },
  PAUSED: {
    code: 503,
    http: 503,
    retryable: true,
    started: false,
    meaning: 'An operator holds back the calls of the function or of its queue.',
  },
  EXPIRED: {
    code: 504,
    http: 504,
    retryable: true,
    started: false,
    meaning: 'The deadline passed while the call waited: it never ran and never will. Send it again.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorType = keyof typeof ERRORS;

/** What a function can end with by its own doing: answered with HTTP 200, the `code` tells. */
export type FunctionErrorType =
  'FUNCTION_ERROR' | 'FUNCTION_TIMEOUT' | 'FUNCTION_CRASHED' | 'MEMORY_LIMIT' | 'BAD_RESULT';

/** Had the function been started when this was said? */
export type Started = boolean | 'unknown';
