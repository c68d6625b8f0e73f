/** Where the end of a call is delivered, and which ends. Calls and `functions.json` follow the same rules. */
import type { RequestID, Time } from './formats';
import { type FieldError, MAX_FAULTS, shown } from './refusal';
import { type Outcome, OUTCOMES } from './outcome';

export interface CallbackInput {
  /** http or https. */
  url: string;
  /** Ends that are delivered; all of them by default. */
  events: Outcome[];
}

/** How the delivery of a callback stands: `pending` until the receiver has it, or will not get it. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'gone', 'disabled', 'refused'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** `GET /v1/invocations/{requestID}/deliveries`. Lengths are ms. */
export interface Deliveries {
  /** Absent: the call has none. */
  callback?: CallbackInput;
  /** One for each end that is delivered: so one at most, and none before the end. */
  deliveries: Delivery[];
}

export interface Delivery {
  /** In the header `webhook-id`: the same in all tries, also when it is sent again. */
  webhookID: string;
  /** @example invocation.succeeded */
  type: string;
  state: DeliveryState;
  /** When the next try is due. */
  nextAt?: Time;
  /** The last hundred, oldest first. */
  tries: DeliveryTry[];
}

/** A callback that failed and is not delivered since: `GET /v1/callbacks/failing`. */
export interface FailingCallback extends Delivery {
  /** Of the call. */
  requestID: RequestID;
  function: string;
  /** Where it is to be delivered. */
  url: string;
  /** The last failure. */
  failedAt: Time;
}

export interface FailingCallbacks {
  /** The newest failure first. `pending`: it is tried again. */
  callbacks: FailingCallback[];
  /** Of the next page; null: there is none. */
  cursor: string | null;
}

export interface DeliveryTry {
  at: Time;
  /** `unknown`: the worker died in between, and the receiver may or may not have got it. */
  outcome: 'delivered' | 'failed' | 'gone' | 'disabled' | 'refused' | 'unknown';
  /** What it took. */
  ms?: number;
  /** HTTP status that the receiver answered. */
  status?: number;
  /** Why there was no answer. */
  error?: string;
}

export const CALLBACK_TEST_OUTCOMES = ['delivered', 'failed', 'refused', 'unknown'] as const;

/** What `POST /v1/callbacks/test` answers. */
export interface CallbackTestResult {
  /** `refused`: nothing was sent, the address is an internal one. `unknown`: the worker went away meanwhile. */
  outcome: (typeof CALLBACK_TEST_OUTCOMES)[number];
  /** In the header `webhook-id`. */
  webhookID: string;
  /** What it took. */
  ms: number;
  /** HTTP status that the receiver answered. */
  status?: number;
  /** Why there was no answer. */
  error?: string;
}

const MAX_URL = 2_048;

/** `path` is what the value is called in a fault. */
export function readCallback(value: unknown, path: string): CallbackInput | FieldError[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: path, rule: 'must be an object with url, and perhaps events' }];
  }
  const { url, events = OUTCOMES, ...rest } = value as Record<string, unknown>;
  const unknown = Object.keys(rest).slice(0, MAX_FAULTS);
  const faults: FieldError[] = unknown.map((name) => ({
    field: `${path}.${shown(name)}`,
    rule: 'is not a known field',
  }));
  if (!isAddress(url)) {
    const rule = `must be an http or https URL of at most ${MAX_URL} characters, without a password or a fragment`;
    faults.push({ field: `${path}.url`, rule });
  }
  if (!isEvents(events)) {
    faults.push({
      field: `${path}.events`,
      rule: `must be a list, not empty and none twice, of ${OUTCOMES.join(', ')}`,
    });
  }
  return faults.length > 0 ? faults : { url: url as string, events: [...(events as Outcome[])] };
}

function isAddress(url: unknown): boolean {
  if (typeof url !== 'string' || url.length > MAX_URL || !URL.canParse(url)) return false;
  const { protocol, username, password, hash } = new URL(url);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}

function isEvents(events: unknown): events is Outcome[] {
  if (!Array.isArray(events) || events.length === 0 || events.length > OUTCOMES.length) return false;
  return (
    new Set(events).size === events.length && events.every((event) => (OUTCOMES as readonly unknown[]).includes(event))
  );
}
