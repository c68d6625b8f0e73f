/** The native wire: our own envelope, both ways. */
import { Inject, Injectable } from '@nestjs/common';
import { type CallbackWish, readCallback } from '@invoq/contract/callback';
import { type Envelope, type EnvelopeError, successJson } from '@invoq/contract/envelope';
import { ERRORS } from '@invoq/contract/errors';
import { invalid, Refusal, shown } from '@invoq/contract/refusal';
import type { Status } from '@invoq/contract/invocation';
import type { Credentials } from '../../auth/caller';
import { refusalReply } from '../../http/envelope';
import { jsonTextOf, RawJson } from '../../http/json-body';
import { addressOf, publicUrl } from '../../http/public-url';
import type { Answer, BroughtLarge, Call, JsonText, LargeWish } from '../../invocations/call';
import type { Door } from '../door';
import type { DoorReply, DoorRequest, RequestHead } from '../../http/wire';
import { authorization, jsonHeaders, sessionIn, single } from '../../http/headers';
import { SETTINGS } from '../../process/tokens';
import type { InvokeDto } from './invoke.dto';
import { MAX_KEY_LENGTH } from './batch.dto';
import { parsePrefer } from './prefer';

type NativeRequest = DoorRequest<InvokeDto>;

/** In `Preference-Applied`: `data` is not the result, but where it is. */
const RESULT_AS_LINK = 'result=url';

export interface NativeDoorOptions {
  /** The longest that `Prefer: wait` is honoured, ms. */
  maxWaitMs: number;
  /** Where callers reach this API, when that is set; else as they did. */
  publicUrl?: string;
}

@Injectable()
export class NativeDoor implements Door<InvokeDto> {
  constructor(@Inject(SETTINGS) private readonly options: NativeDoorOptions) {}

  /** Also all that is nobody's. */
  owns(): boolean {
    return true;
  }

  /** The env is asked for by `X-Invoq-Env`; without it, the key's first. */
  credentials({ headers, ip }: RequestHead): Credentials {
    const bearer = authorization(headers, 'bearer');
    const session = bearer === undefined ? sessionIn(headers) : undefined;
    return { ip, bearer, session, env: single(headers['x-invoq-env']) };
  }

  call(request: NativeRequest): Call {
    const { body, headers } = request;
    mustBeKnown(headers);
    const { respondAsync, waitMs } = this.preferences(request);
    const sync = respondAsync && waitMs === undefined ? false : (body.sync ?? true);
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
      logTail: logTail(single(headers['x-invoq-log-tail']), sync),
    };
  }

  reply(answer: Answer, request: NativeRequest): DoorReply {
    const reply =
      answer.kind === 'ended'
        ? endedReply(answer.requestID, answer.status, answer.envelope)
        : acceptedReply(answer, this.location(request, answer.requestID));
    const { respondAsync, waitMs } = this.preferences(request);
    if (respondAsync) prefer(reply, 'respond-async');
    if (waitMs !== undefined && request.body.sync !== false) prefer(reply, `wait=${waitMs / 1_000}`);
    if (answer.kind !== 'ended') return reply;
    if (answer.logTail !== undefined)
      reply.headers['x-invoq-log-result'] = Buffer.from(answer.logTail).toString('base64');
    return withLarge(reply, answer.large);
  }

  /** Where to read on: the record. It answers 200 while the call runs, too, and says where it stands. */
  location(request: RequestHead, requestID: string): string {
    return addressOf(this.options.publicUrl, request, `/v1/invocations/${requestID}`);
  }

  /** A large result is sent as it is read, unless its address is preferred. */
  large(request: RequestHead): LargeWish {
    return this.largeLink(request) ?? { as: 'stream' };
  }

  /** Where nothing can be sent as it is read: whole, unless its address is preferred. */
  largeLink(request: RequestHead): LargeWish | undefined {
    if (!parsePrefer(request.headers.prefer).resultAsLink) return undefined;
    return { as: 'link', base: this.base(request) };
  }

  /** What addresses that are given away begin with. */
  base(request: RequestHead): string {
    return publicUrl(this.options.publicUrl, request);
  }

  refuse(refusal: Refusal, request: DoorRequest<unknown>): DoorReply {
    return refusalReply(refusal, request.requestID);
  }

  /** A wait of more than we hold requests open is cut, and the answer says so. */
  private preferences({ headers }: RequestHead): { respondAsync: boolean; waitMs?: number } {
    const { respondAsync, waitMs } = parsePrefer(headers.prefer);
    return {
      respondAsync,
      waitMs: waitMs === undefined ? undefined : Math.min(Math.max(waitMs, 1), this.options.maxWaitMs),
    };
  }

  /**
   * How long a read is to be held, ms: `?wait=` goes before `Prefer: wait`. `applied`: what the answer says of it, when the
   * preference counted, or when the time was cut.
   */
  hold(request: RequestHead, wait: string | undefined): { waitMs: number; applied?: string } {
    const asked = wait === undefined ? parsePrefer(request.headers.prefer).waitMs : waitOf(wait);
    if (asked === undefined) return { waitMs: 0 };
    const waitMs = Math.min(asked, this.options.maxWaitMs);
    return { waitMs, applied: wait === undefined || waitMs < asked ? `wait=${waitMs / 1_000}` : undefined };
  }
}

function waitOf(wait: string): number {
  if (/^\d{1,6}$/.test(wait)) return Number(wait) * 1_000;
  throw invalid('wait', 'must be a whole number of seconds');
}

/** The reply with a large result in it, or with word that its address stands there. */
export function withLarge(reply: DoorReply, large: BroughtLarge | undefined): DoorReply {
  if (large?.as === 'link') prefer(reply, RESULT_AS_LINK);
  return large?.as === 'stream' ? { ...reply, large } : reply;
}

export function prefer({ headers }: DoorReply, applied: string): void {
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
  /** Seconds until it is worth while to ask for it; 1 by default. */
  pollAfterS?: number;
}

export function acceptedReply(
  { requestID, status, unservedSince, pollAfterS = 1 }: Accepted,
  location: string,
): DoorReply {
  const headers = jsonHeaders(requestID);
  headers.location = location;
  headers['retry-after'] = String(pollAfterS);
  const unserved = unservedSince === undefined ? '' : `,"unservedSince":"${new Date(unservedSince).toISOString()}"`;
  return { status: 202, headers, body: successJson(requestID, `{"status":"${status}"${unserved}}`) };
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

/** Headers of ours that a request may have. */
const HEADERS = new Set(['x-invoq-env', 'x-invoq-user', 'x-invoq-source', 'x-invoq-log-tail']);

/** One that is misspelt would do nothing, and nobody would notice. */
function mustBeKnown(headers: RequestHead['headers']): void {
  for (const name in headers) {
    if (!name.startsWith('x-invoq-') || HEADERS.has(name)) continue;
    throw invalid(shown(name), `is no header of Invoq; those are ${[...HEADERS].join(', ')}`);
  }
}

function logTail(lines: string | undefined, sync: boolean): number | undefined {
  if (lines === undefined) return undefined;
  if (!sync)
    throw invalid(
      'X-Invoq-Log-Tail',
      'comes with the answer of a sync call; read the logs of an async call by its requestID',
    );
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
