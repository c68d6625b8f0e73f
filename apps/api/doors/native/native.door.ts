/** The native wire: our own envelope, both ways. */
import { Injectable } from '@nestjs/common';
import { notesIn } from '@invoq/contract/call-notes';
import { type CallbackInput, readCallback } from '@invoq/contract/callback';
import { invalid, Refusal, shown } from '@invoq/contract/refusal';
import type { Credentials } from '../../auth/caller';
import { refusalReply } from '../../http/envelope';
import { jsonTextOf, RawJson } from '../../http/json-body';
import { prefer, Preferences, withLarge } from '../../http/preferences';
import { acceptedReply, endedReply } from '../../invocations/answers';
import type { Answer, Call, JsonText } from '../../invocations/call';
import type { Door } from '../door';
import type { DoorReply, DoorRequest, RequestHead } from '../../http/wire';
import { authorization, sessionIn, single } from '../../http/headers';
import type { InvokeDto } from './invoke.dto';
import { MAX_KEY_LENGTH } from './batch.dto';

type NativeRequest = DoorRequest<InvokeDto>;

@Injectable()
export class NativeDoor implements Door<InvokeDto> {
  constructor(private readonly preferences: Preferences) {}

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
    const { respondAsync, waitMs } = this.preferences.ofCall(request);
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
      notes: notesIn(body),
      traceparent: single(headers.traceparent),
      tracestate: single(headers.tracestate),
      origin: {
        eventType: isSdk(headers) ? 'sdk' : 'api',
        ip: request.ip,
        userAgent: single(headers['user-agent']),
        user: body.user,
      },
      large: this.preferences.large(request),
      logTail: logTail(single(headers['x-invoq-log-tail']), sync),
    };
  }

  reply(answer: Answer, request: NativeRequest): DoorReply {
    const reply =
      answer.kind === 'ended'
        ? endedReply(answer.requestID, answer.status, answer.envelope)
        : acceptedReply(answer, this.preferences.location(request, answer.requestID));
    const { respondAsync, waitMs } = this.preferences.ofCall(request);
    if (respondAsync) prefer(reply, 'respond-async');
    if (waitMs !== undefined && request.body.sync !== false) prefer(reply, `wait=${waitMs / 1_000}`);
    if (answer.kind !== 'ended') return reply;
    if (answer.logTail !== undefined)
      reply.headers['x-invoq-log-result'] = Buffer.from(answer.logTail).toString('base64');
    return withLarge(reply, answer.large);
  }

  refuse(refusal: Refusal, request: DoorRequest<unknown>): DoorReply {
    return refusalReply(refusal, request.requestID);
  }
}

/** Of the client's `BaaS`, whose functions look at it. */
function isSdk(headers: RequestHead['headers']): boolean {
  return single(headers['x-invoq-source']) === 'sdk';
}

function callback(input: unknown): CallbackInput | null | undefined {
  if (input === undefined || input === null) return input;
  const read = readCallback(input, 'callback');
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
