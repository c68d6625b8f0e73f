/** The error of `cloud.callFunction`: `errCode` and `errMsg` as the mini-program runtime and wx-server-sdk have them. */
import { messageWithCause, type ThrownError } from '@invoq/contract/thrown-error';
import type { InvoqError, InvoqErrorType } from './errors';

/** Seen in the runtime (-5040xx of a function, -501000 of what is missing) and in wx-server-sdk 3's table. */
const CODES: Partial<Record<InvoqErrorType, number>> = {
  FUNCTION_ERROR: -504002,
  FUNCTION_CRASHED: -504002,
  MEMORY_LIMIT: -504002,
  BAD_RESULT: -504002,
  FUNCTION_TIMEOUT: -504003,
  FUNCTION_NOT_FOUND: -501000,
  RATE_LIMITED: -501003,
  QUEUE_FULL: -501004,
  OVERLOADED: -501004,
  FORBIDDEN: -501005,
  INVALID_REQUEST: -501007,
  PAYLOAD_TOO_LARGE: -501007,
  CONNECTION_FAILED: -1,
  NO_ANSWER: -1,
  BAD_ANSWER: -1,
};
/** Everything else that the platform could not do (FUNCTIONS_REQUEST_FAIL). */
const REQUEST_FAILED = -504001;

export class CloudError extends Error {
  readonly errCode: number;
  /** `callFunction:fail …`, with the requestID in it when there is one. */
  readonly errMsg: string;
  readonly requestID?: string;

  constructor(call: string, cause: InvoqError | Error) {
    const { type, requestID } = cause as Partial<InvoqError>;
    const errCode = type === undefined ? -1 : (CODES[type] ?? REQUEST_FAILED);
    const id = requestID === undefined ? '' : ` requestID ${requestID},`;
    const errMsg = `${call}:fail ${errCode}${id} ${type ?? cause.name}: ${messageWithCause(cause as { message: string; cause?: ThrownError })}`;
    super(errMsg, { cause });
    this.name = 'CloudError';
    this.errCode = errCode;
    this.errMsg = errMsg;
    if (requestID !== undefined) this.requestID = requestID;
  }
}
