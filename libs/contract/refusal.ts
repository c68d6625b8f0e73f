/** How the platform says no: one class for all refusals of the table in `errors.ts`, and what is said of a request's fields. */
import { cutText } from './cut-text';
import type { Quota } from './rate';
import { ERRORS, type ErrorType, type Started } from './errors';

/** One thing that is wrong with a request. */
export interface FieldError {
  field: string;
  rule: string;
}

/** As many faults are named in one refusal. */
export const MAX_FAULTS = 20;
/** Characters of a caller's own text in a refusal. */
const MAX_SHOWN = 64;
/** Characters of a message: with `MAX_FAULTS` fields, a refusal in JSON stays below 16 KB. */
const MAX_MESSAGE = 2_000;

/** A text of a caller as a refusal repeats it: cut, and without what JSON would have to escape at length. */
export function shown(text: string): string {
  const short = text.length > MAX_SHOWN ? `${cutText(text, MAX_SHOWN)}…` : text;
  return short.replace(/[\p{Cc}\p{Cs}]/gu, '?');
}

/** Why something was not taken, within an answer about several things. */
export interface Refused {
  type: ErrorType;
  message: string;
}

export interface RefusalDetails {
  requestID?: string;
  /** Seconds until it is worth another try; sent as `Retry-After`. */
  retryAfterS?: number;
  started?: Started;
  fields?: FieldError[];
  /** The limits that it came under, one of them used up. */
  quotas?: Quota[];
  cause?: unknown;
}

/** Why the platform did not take a call, or cannot say how it ended. The only error that callers ever see. */
export class Refusal extends Error {
  readonly requestID?: string;
  readonly retryAfterS?: number;
  readonly fields?: FieldError[];
  readonly quotas?: Quota[];
  readonly started: Started;

  constructor(
    readonly type: ErrorType,
    message: string = ERRORS[type].meaning,
    details: RefusalDetails = {},
  ) {
    super(message.length > MAX_MESSAGE ? `${cutText(message, MAX_MESSAGE)}…` : message, { cause: details.cause });
    this.name = 'Refusal';
    const { started } = ERRORS[type];
    this.started = details.started ?? (started === 'depends' ? false : started);
    this.requestID = details.requestID;
    this.retryAfterS = details.retryAfterS;
    this.fields =
      details.fields && details.fields.length > MAX_FAULTS ? details.fields.slice(0, MAX_FAULTS) : details.fields;
    this.quotas = details.quotas;
  }

  get http(): number {
    return ERRORS[this.type].http;
  }

  get code(): number {
    return ERRORS[this.type].code;
  }

  get retryable(): boolean {
    return ERRORS[this.type].retryable;
  }
}

/** A request with something wrong: the field, and the rule that it breaks, as in `must be a whole number`. */
export function invalid(field: string, rule: string): Refusal {
  return new Refusal('INVALID_REQUEST', `${field} ${rule}.`, { fields: [{ field, rule }] });
}
