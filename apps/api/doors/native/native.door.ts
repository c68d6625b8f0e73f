/** The native wire: our own envelope, both ways. */
import { type CallbackWish, readCallback } from '@invoq/contract/callback';
import { type Envelope, type EnvelopeError, failureJson, successJson } from '@invoq/contract/envelope';
import { ERRORS } from '@invoq/contract/errors';
import { invalid, Refusal } from '@invoq/contract/refusal';
import type { Status } from '@invoq/contract/invocation';
import type { Credentials } from '../../callers/caller';
import { jsonTextOf, RawJson } from '../../http/json-body';
import { publicUrl } from '../../http/public-url';
import type { Answer, BroughtLarge, Call, JsonText, LargeWish } from '../../invocations/call';
import type { Door, DoorReply, DoorRequest, RequestHead } from '../door';
import { authorization, jsonHeaders, single } from '../headers';
import type { InvokeDto } from './invoke.dto';
import { MAX_KEY_LENGTH } from './batch.dto';
import { parsePrefer } from './prefer';

type NativeRequest = DoorRequest<InvokeDto>;

/** Seconds after which asking for an async result is worth while. */
const POLL_AFTER_S = '1';
/** In `Preference-Applied`: `data` is not the result, but where it is. */
const RESULT_AS_LINK = 'result=url';

export interface NativeDoorOptions {
  /** The longest that `Prefer: wait` is honoured, ms. */
  maxWaitMs: number;
  /** Where callers reach this API, when that is set; else as they did. */
  publicUrl?: string;
}

export class NativeDoor implements Door<InvokeDto> {
  constructor(private readonly options: NativeDoorOptions) {}

  /** Also all that is nobody's. */
  owns(): boolean {
    return true;
  }

  /** The env is asked for by `X-Invoq-Env`; without it, the key's first. */
  credentials({ headers, ip }: RequestHead): Credentials {
    return { ip, bearer: authorization(headers, 'bearer'), env: single(headers['x-invoq-env']) };
  }

  call(request: NativeRequest): Call {
    const { body, headers } = request;
    const { respondAsync, waitMs } = this.preferences(request);
    const sync = respondAsync ? false : (body.sync ?? true);
    const key = idempotencyKey(single(headers['idempotency-key']));
    const detaches = sync && waitMs !== undefined;
    return {
      requestID: request.requestID,
      function: request.params.name ?? '',
      data: key === undefined ? jsonTextOf(body.data) : sameText(body.data),
      sync,
      onTimeout: detaches ? 'detach' : (body.onTimeout ?? 'fail'),
      timeoutMs: body.timeoutMs,
      waitMs: detaches ? waitMs : undefined,
      priority: body.priority,
      retry: body.retry,
      delayMs: body.delayMs,
      runAt: body.runAt === undefined ? undefined : Date.parse(body.runAt),
      idempotencyKey: key,
      callback: callback(body.callback),
      traceparent: single(headers.traceparent),
      origin: {
        eventType: isSdk(headers) ? 'sdk' : 'api',
        ip: request.ip,
        userAgent: single(headers['user-agent']),
        user: body.user,
      },
      large: this.large(request),
      logTail: logTail(single(headers['x-invoq-log-tail'])),
    };
  }

  reply(answer: Answer, request: NativeRequest): DoorReply {
    const reply =
      answer.kind === 'ended' ? endedReply(answer.requestID, answer.status, answer.envelope) : acceptedReply(answer);
    const { respondAsync, waitMs } = this.preferences(request);
    if (respondAsync) prefer(reply, 'respond-async');
    else if (waitMs !== undefined && request.body.sync !== false) prefer(reply, `wait=${waitMs / 1_000}`);
    if (answer.kind !== 'ended') return reply;
    if (answer.logTail !== undefined)
      reply.headers['x-invoq-log-result'] = Buffer.from(answer.logTail).toString('base64');
    return withLarge(reply, answer.large);
  }

  /** A large result is sent as it is read, unless its address is preferred. */
  large(request: RequestHead): LargeWish {
    return this.largeLink(request) ?? { as: 'stream' };
  }

  /** Where nothing can be sent as it is read: whole, unless its address is preferred. */
  largeLink(request: RequestHead): LargeWish | undefined {
    if (!parsePrefer(request.headers.prefer).resultAsLink) return undefined;
    return { as: 'link', base: publicUrl(this.options.publicUrl, request) };
  }

  refuse(refusal: Refusal, request: DoorRequest<unknown>): DoorReply {
    return refusalReply(refusal, request.requestID);
  }

  /** A wait of more than we hold requests open is cut, and the answer says so. */
  private preferences({ headers }: NativeRequest): { respondAsync: boolean; waitMs?: number } {
    const { respondAsync, waitMs } = parsePrefer(headers.prefer);
    return {
      respondAsync,
      waitMs: waitMs === undefined ? undefined : Math.min(Math.max(waitMs, 1), this.options.maxWaitMs),
    };
  }
}

/** The reply with a large result in it, or with word that its address stands there. */
export function withLarge(reply: DoorReply, large: BroughtLarge | undefined): DoorReply {
  if (large?.as === 'link') prefer(reply, RESULT_AS_LINK);
  return large?.as === 'stream' ? { ...reply, large } : reply;
}

function prefer({ headers }: DoorReply, applied: string): void {
  const before = headers['preference-applied'];
  headers['preference-applied'] = before === undefined ? applied : `${before}, ${applied}`;
}

/** An end as a sync call is answered, byte for byte the same for every reader. */
export function endedReply(requestID: string, status: Status, envelope: string): DoorReply {
  const headers = jsonHeaders(requestID);
  if (status === 'succeeded') return { status: 200, headers, body: envelope };
  const { type, retryable } = (JSON.parse(envelope) as Envelope).error as EnvelopeError;
  const { http } = ERRORS[type];
  if (http === 200) headers['x-function-error'] = type;
  else if (retryable) headers['retry-after'] = '1';
  return { status: http, headers, body: envelope };
}

export interface Accepted {
  requestID: string;
  status: Status;
  /** No living worker serves the function, since then (ms since the epoch). */
  unservedSince?: number;
}

export function acceptedReply({ requestID, status, unservedSince }: Accepted): DoorReply {
  const headers = jsonHeaders(requestID);
  headers.location = `/v1/invocations/${requestID}`;
  headers['retry-after'] = POLL_AFTER_S;
  const unserved = unservedSince === undefined ? '' : `,"unservedSince":"${new Date(unservedSince).toISOString()}"`;
  return { status: 202, headers, body: successJson(requestID, `{"status":"${status}"${unserved}}`) };
}

/** `json`: the `data` of the envelope as JSON text. */
export function dataReply(requestID: string, json: string): DoorReply {
  return { status: 200, headers: jsonHeaders(requestID), body: successJson(requestID, json) };
}

export function refusalReply(refusal: Refusal, requestID: string): DoorReply {
  const id = refusal.requestID ?? requestID;
  const { type, message, retryable, started, fields } = refusal;
  const headers = jsonHeaders(id);
  if (refusal.retryAfterS !== undefined) headers['retry-after'] = String(refusal.retryAfterS);
  if (type === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer';
  return {
    status: refusal.http,
    headers,
    body: failureJson(id, refusal.code, { type, message, retryable, started, fields }),
  };
}

/** Of the client's `BaaS`, whose functions look at it. */
function isSdk(headers: RequestHead['headers']): boolean {
  return single(headers['x-invoq-source']) === 'sdk';
}

function callback(wish: unknown): CallbackWish | null | undefined {
  if (wish === undefined || wish === null) return wish;
  const read = readCallback(wish, 'callback');
  if (!Array.isArray(read)) return read;
  const message = `${read.map(({ field, rule }) => `${field} ${rule}`).join('; ')}.`;
  throw new Refusal('INVALID_REQUEST', message, { fields: read });
}

function logTail(lines: string | undefined): number | undefined {
  if (lines === undefined) return undefined;
  if (/^[1-9]\d?$|^100$/.test(lines)) return Number(lines);
  const rule = 'must be a number of lines from 1 to 100';
  throw invalid('X-Invoq-Log-Tail', rule);
}

/** Under a key, data that is written in another way is the same data: `{"a": 1}` and `{"a":1}`. */
function sameText(value: unknown): JsonText {
  if (!(value instanceof RawJson)) return jsonTextOf(value);
  return { text: () => JSON.stringify(JSON.parse(value.text())) };
}

function idempotencyKey(key: string | undefined): string | undefined {
  if (key === undefined || (key.length > 0 && key.length <= MAX_KEY_LENGTH)) return key;
  const rule = `must be 1-${MAX_KEY_LENGTH} characters`;
  throw invalid('Idempotency-Key', rule);
}
