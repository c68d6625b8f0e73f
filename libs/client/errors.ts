/** What a call can fail with. Decide by `type` and by `retryable`; `message` is for people. */
import type { Envelope, EnvelopeError } from '@invoq/contract/envelope';
import type { ErrorType, Started } from '@invoq/contract/errors';
import type { FieldError } from '@invoq/contract/refusal';
import { rebuilt } from './rebuilt-error';

/**
 * What only the caller's side can know. `CONNECTION_FAILED`: nobody was reached, or the connection broke. `NO_ANSWER`: none
 * within the time. `BAD_ANSWER`: what answered is not an Invoq. `STILL_PENDING`: there is no end yet; ask again later.
 */
export type ClientErrorType = 'CONNECTION_FAILED' | 'NO_ANSWER' | 'BAD_ANSWER' | 'STILL_PENDING';
export type InvoqErrorType = ErrorType | ClientErrorType;

/** `code` of what has no code of the platform. */
export const NO_CODE = -1;

export interface InvoqErrorInit {
  type: InvoqErrorType;
  message: string;
  code?: number;
  requestID?: string;
  retryable?: boolean;
  started?: Started;
  status?: number;
  retryAfterMs?: number;
  fields?: FieldError[];
  cause?: unknown;
}

export class InvoqError extends Error {
  /** From the table in docs/errors.md; -1 for what only the client knows. */
  readonly code: number;
  readonly type: InvoqErrorType;
  /** Of the invocation, when there is one (or may be one: see `started`). */
  readonly requestID?: string;
  /** May the same call succeed when it is sent again? */
  readonly retryable: boolean;
  /** Had the function been started? `false` is a proof that it did not run and never will. */
  readonly started: Started;
  /** HTTP status of the answer, if there was one. */
  readonly status?: number;
  /** How long the platform asks to be left alone, ms. */
  readonly retryAfterMs?: number;
  /** What is wrong with the request, field by field. INVALID_REQUEST only. */
  readonly fields?: FieldError[];

  constructor(init: InvoqErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'InvoqError';
    this.type = init.type;
    this.code = init.code ?? NO_CODE;
    this.retryable = init.retryable ?? false;
    this.started = init.started ?? false;
    if (init.requestID !== undefined) this.requestID = init.requestID;
    if (init.status !== undefined) this.status = init.status;
    if (init.retryAfterMs !== undefined) this.retryAfterMs = init.retryAfterMs;
    if (init.fields !== undefined) this.fields = init.fields;
  }
}

/** The function itself failed: it threw, ran too long, died, outgrew its memory, or returned what is no JSON. */
export class FunctionError extends InvoqError {
  /** Class name of what it threw, such as `TypeError`. */
  readonly errorName?: string;
  /** The stack inside the function; `stack` is the one of this program. */
  readonly functionStack?: string;
  /** The `code` of what it threw, such as `ECONNREFUSED`; `code` is that of the platform. */
  readonly errorCode?: string | number;
  /** The fields of what it threw that are JSON, such as `status`. */
  readonly details?: Record<string, unknown>;
  /** Of an AggregateError, rebuilt as `cause` is. */
  readonly errors?: Error[];
  readonly exitCode?: number;
  readonly signal?: string;

  /** `cause` is rebuilt from what the answer tells: its name, message, `code`, fields and causes. */
  constructor(init: InvoqErrorInit, error: EnvelopeError) {
    const cause = error.cause === undefined ? init.cause : rebuilt(error.cause);
    super({ ...init, cause, retryable: false, started: true });
    this.name = 'FunctionError';
    if (error.code !== undefined) this.errorCode = error.code;
    if (error.details !== undefined) this.details = error.details;
    if (error.errors !== undefined) this.errors = error.errors.map(rebuilt);
    if (error.name !== undefined) this.errorName = error.name;
    if (error.stack !== undefined) this.functionStack = error.stack;
    if (error.exitCode !== undefined) this.exitCode = error.exitCode;
    if (error.signal !== undefined) this.signal = error.signal;
  }
}

/** Codes of the function's own doing; beyond them the platform speaks. */
const LAST_FUNCTION_CODE = 5;

/** The error that an envelope tells of. `status`: of the HTTP answer. */
export function errorOf({ code, error, requestID }: Envelope, status: number, retryAfterMs?: number): InvoqError {
  const envelopeError = error as EnvelopeError;
  const { type, message, retryable, started, fields } = envelopeError;
  const init = { type, message, code, requestID, retryable, started, status, retryAfterMs, fields };
  return code >= 1 && code <= LAST_FUNCTION_CODE ? new FunctionError(init, envelopeError) : new InvoqError(init);
}
