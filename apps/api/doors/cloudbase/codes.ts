/**
 * CloudBase's error codes for ours, on its two wires. Sources: docs.cloudbase.net/error-code, the table inside
 * wx-server-sdk (for `/admin`), docs.cloudbase.net/http-api/functions (for `/v1/functions`).
 */
import type { EnvelopeError } from '@invoq/contract/envelope';
import type { ErrorType } from '@invoq/contract/errors';
import type { FieldError, Refusal } from '@invoq/contract/refusal';
import { type Reasons, stackWithCauses } from '@invoq/contract/thrown-error';

export interface Failure extends Reasons {
  type: ErrorType;
  message: string;
  stack?: string;
  limitMs?: number;
  fields?: FieldError[];
}

/** Of `/admin` and `/web`. `INVALIID_ENV` is spelt as wx-server-sdk's table has it, which is what it looks for. */
const ADMIN: Readonly<Record<ErrorType, string>> = {
  FUNCTION_ERROR: 'FUNCTIONS_EXECUTE_FAIL',
  FUNCTION_TIMEOUT: 'FUNCTIONS_TIME_LIMIT_EXCEEDED',
  FUNCTION_CRASHED: 'FUNCTIONS_EXECUTE_FAIL',
  MEMORY_LIMIT: 'FUNCTIONS_MEMORY_LIMIT_EXCEEDED',
  BAD_RESULT: 'FUNCTIONS_EXECUTE_FAIL',
  INVALID_REQUEST: 'INVALID_PARAM',
  UNAUTHENTICATED: 'SIGN_PARAM_INVALID',
  FORBIDDEN: 'EXCEED_AUTHORITY',
  FUNCTION_NOT_FOUND: 'FUNCTION_NOT_FOUND',
  INVOCATION_NOT_FOUND: 'INVALID_PARAM',
  SCHEDULE_NOT_FOUND: 'INVALID_PARAM',
  WORKER_NOT_FOUND: 'INVALID_PARAM',
  QUEUE_NOT_FOUND: 'INVALID_PARAM',
  ROUTE_NOT_FOUND: 'INVALID_ACTION',
  METHOD_NOT_ALLOWED: 'INVALID_ACTION',
  REQUEST_TIMEOUT: 'FUNCTIONS_REQUEST_FAIL',
  CANCELLED: 'FUNCTIONS_REQUEST_FAIL',
  ALREADY_ENDED: 'INVALID_PARAM',
  NOTHING_TO_DELIVER: 'INVALID_PARAM',
  NOT_REPLAYABLE: 'INVALID_PARAM',
  WORKER_NOT_DRAINABLE: 'INVALID_PARAM',
  WORKER_ENDING: 'INVALID_PARAM',
  FUNCTION_SERVED: 'INVALID_PARAM',
  PAYLOAD_TOO_LARGE: 'EXCEED_REQUEST_SIZE_LIMIT',
  UNSUPPORTED_MEDIA_TYPE: 'INVALID_PARAM',
  MISDIRECTED_REQUEST: 'EXCEED_AUTHORITY',
  IDEMPOTENCY_KEY_REUSED: 'INVALID_PARAM',
  RATE_LIMITED: 'EXCEED_REQUEST_LIMIT',
  QUEUE_FULL: 'EXCEED_CONCURRENT_REQUEST_LIMIT',
  HEADERS_TOO_LARGE: 'INVALID_PARAM',
  INTERNAL: 'SYS_ERR',
  WORKER_LOST: 'FUNCTIONS_REQUEST_FAIL',
  STORE_UNAVAILABLE: 'FUNCTIONS_REQUEST_FAIL',
  STORE_FULL: 'FUNCTIONS_REQUEST_FAIL',
  OVERLOADED: 'FUNCTIONS_REQUEST_FAIL',
  NO_WORKER: 'FUNCTIONS_REQUEST_FAIL',
  PAUSED: 'FUNCTIONS_REQUEST_FAIL',
  EXPIRED: 'SERVER_TIMEOUT',
};

/** Of `/v1/functions/:name`, where they differ. */
const HTTP_API: Readonly<Partial<Record<ErrorType, string>>> = {
  FUNCTION_ERROR: 'FUNCTION_INVOCATION_FAILED',
  FUNCTION_TIMEOUT: 'FUNCTION_TIME_LIMIT_EXCEEDED',
  FUNCTION_CRASHED: 'FUNCTION_INVOCATION_FAILED',
  MEMORY_LIMIT: 'FUNCTION_MEMORY_LIMIT_EXCEEDED',
  BAD_RESULT: 'FUNCTION_INVOCATION_FAILED',
  INVALID_REQUEST: 'FUNCTION_PARAM_INVALID',
  UNAUTHENTICATED: 'INVALID_CREDENTIALS',
  CANCELLED: 'FUNCTION_INVOCATION_FAILED',
  UNSUPPORTED_MEDIA_TYPE: 'FUNCTION_PARAM_INVALID',
  RATE_LIMITED: 'EXCEED_RATELIMIT',
  QUEUE_FULL: 'FUNCTION_EXCEED_RESOURCE_LIMIT',
  WORKER_LOST: 'FUNCTION_INVOCATION_FAILED',
  STORE_UNAVAILABLE: 'FUNCTION_STATUS_ABNORMAL',
  STORE_FULL: 'FUNCTION_STATUS_ABNORMAL',
  OVERLOADED: 'FUNCTION_EXCEED_RESOURCE_LIMIT',
  NO_WORKER: 'FUNCTION_STATUS_ABNORMAL',
  PAUSED: 'FUNCTION_STATUS_ABNORMAL',
};

export function adminCode({ type, fields }: Failure): string {
  return isAboutEnv(type, fields) ? 'INVALIID_ENV' : ADMIN[type];
}

export function httpApiCode({ type, fields }: Failure): string {
  return isAboutEnv(type, fields) ? 'INVALID_ENV' : (HTTP_API[type] ?? ADMIN[type]);
}

/** What the vendor says in each case; the words of the function's own error are its stack and its causes. */
export function messageOf(failure: Failure): string {
  const { type, message, limitMs } = failure;
  switch (type) {
    case 'FUNCTION_ERROR':
      return stackWithCauses(failure);
    case 'FUNCTION_TIMEOUT':
      return limitMs === undefined ? message : `Invoking task timed out after ${limitMs / 1_000} seconds`;
    case 'FUNCTION_NOT_FOUND':
      return 'FunctionName parameter could not be found.';
    default:
      return message;
  }
}

/** Why the platform refused. What caused it on our side is nobody else's. */
export function failureOf({ type, message, fields }: Refusal): Failure {
  return { type, message, fields };
}

/** How an invocation failed, from its envelope. */
export function failureIn(envelope: string): Failure {
  return (JSON.parse(envelope) as { error: EnvelopeError }).error;
}

function isAboutEnv(type: ErrorType, fields: FieldError[] | undefined): boolean {
  return (type === 'FORBIDDEN' || type === 'INVALID_REQUEST') && fields?.[0]?.field === 'env';
}
