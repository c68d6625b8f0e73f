/** What an error that a function threw says of why: its code, its own fields, and the errors behind it. */
import { cutText } from './cut-text';

/** An error as it leaves the function: plain JSON, bounded by `MAX_THROWN`. */
export interface ThrownError {
  message: string;
  /** Class name, such as `TypeError`. */
  name?: string;
  /** Its own `code`, such as `ECONNREFUSED`. */
  code?: string | number;
  /** Its own fields that are JSON through and through, such as `status`. */
  details?: Record<string, unknown>;
  cause?: ThrownError;
  /** Of an AggregateError. */
  errors?: ThrownError[];
}

/** What of a `ThrownError` stands beside the message, the name and the stack of an error. */
export type Reasons = Pick<ThrownError, 'code' | 'details' | 'cause' | 'errors'>;

/** Bounds of what an error says beside its own message, name and stack. Texts in characters. */
export const MAX_THROWN = {
  /** Causes below causes, and errors below errors. */
  depth: 5,
  /** Errors of one AggregateError. */
  errors: 10,
  /** Message of a cause. */
  message: 2_048,
  name: 256,
  code: 256,
  /** Levels within a field of `details`. */
  detailDepth: 4,
  /** All of `code`, `details`, `cause` and `errors` together. */
  total: 8_192,
};

/** Longest text of a cause in a message, characters. */
const MAX_CAUSE = 300;

/** Its message with the deepest cause, for readers that take one text: `fetch failed (connect ECONNREFUSED 127.0.0.1:9)`. */
export function messageWithCause({ message, cause }: { message: string; cause?: ThrownError }): string {
  let deepest = cause;
  while (deepest?.cause !== undefined) deepest = deepest.cause;
  if (deepest === undefined || deepest.message === '' || message.includes(deepest.message)) return message;
  const text = cutText(deepest.message, MAX_CAUSE);
  return `${message} (${text}${text === deepest.message ? '' : '…'})`;
}

/** A stack and what stands behind it, as Node prints both. Without a stack: the message. */
export function stackWithCauses(error: { message: string; stack?: string } & Reasons): string {
  const own = error.stack ?? error.message;
  const aggregated = (error.errors ?? []).map((each) => `\n    ${lineOf(each)}`).join('');
  const errors = aggregated === '' ? '' : `\n  [errors]:${aggregated}`;
  let causes = '';
  for (let { cause } = error; cause !== undefined; { cause } = cause) causes += `\n  [cause]: ${lineOf(cause)}`;
  return own + errors + causes;
}

function lineOf({ name, message, code }: ThrownError): string {
  const what = name === undefined ? message : `${name}: ${message}`;
  return code === undefined || what.includes(String(code)) ? what : `${what} (${code})`;
}
