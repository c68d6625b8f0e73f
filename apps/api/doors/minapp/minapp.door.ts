/**
 * MinApp's wire: `BaaS.invoke` of minapp-sdk (`/hserve`), and the Open API with the mincloud command line (`/oserve`).
 * A function's failure is HTTP 200 with code 1; any other status makes an HError of the client.
 */
import { dataJsonOf, type Envelope, type EnvelopeError } from '@invoq/contract/envelope';
import { ERRORS, type ErrorType } from '@invoq/contract/errors';
import { invalid, type Refusal } from '@invoq/contract/refusal';
import { messageWithCause, stackWithCauses } from '@invoq/contract/thrown-error';
import type { Credentials } from '../../auth/caller';
import { jsonTextOf } from '../../http/json-body';
import type { Answer, Call } from '../../invocations/call';
import type { DoorReply, DoorRequest, RequestHead } from '../../http/wire';
import type { Door } from '../door';
import { authorization, jsonHeaders, single } from '../../http/headers';
import type { JobDto } from './job.dto';

export type JobRequest = DoorRequest<JobDto>;

/** "Could not be scheduled" at MinApp, whatever the reason. */
const NOT_SCHEDULED = new Set<ErrorType>([
  'QUEUE_FULL',
  'EXPIRED',
  'WORKER_LOST',
  'CANCELLED',
  'IDEMPOTENCY_KEY_REUSED',
]);

export class MinappDoor implements Door<JobDto> {
  owns(_method: string, path: string): boolean {
    return /^\/[ho]serve(\/|$)/.test(path);
  }

  credentials({ headers, ip }: RequestHead): Credentials {
    return {
      ip,
      bearer: authorization(headers, 'Hydrogen-r1') ?? authorization(headers, 'bearer'),
      env: single(headers['x-hydrogen-env-id']) || undefined,
    };
  }

  call({ requestID, url, params, body, headers, ip }: JobRequest): Call {
    const name = params.name ?? body.function_name;
    if (!name) {
      const rule = 'must be the name of a function';
      throw invalid('function_name', rule);
    }
    const eventType = url.startsWith('/oserve') ? 'open_api' : 'sdk';
    return {
      requestID,
      function: name,
      data: jsonTextOf(body.data),
      sync: body.sync ?? true,
      onTimeout: 'fail',
      traceparent: single(headers.traceparent),
      tracestate: single(headers.tracestate),
      origin: { eventType, ip, userAgent: single(headers['user-agent']) },
    };
  }

  reply(answer: Answer): DoorReply {
    const { requestID } = answer;
    if (answer.kind === 'accepted') return ok(requestID, accepted(requestID));
    const result = resultJson(answer);
    return typeof result === 'string' ? ok(requestID, result) : refused(requestID, result.type, result.message);
  }

  refuse(refusal: Refusal, request: DoorRequest<unknown>): DoorReply {
    const reply = refused(refusal.requestID ?? request.requestID, refusal.type, refusal.message);
    if (refusal.retryAfterS !== undefined) reply.headers['retry-after'] = String(refusal.retryAfterS);
    return reply;
  }
}

/** `{code, data, error}` of a call that has ended as JSON text; or why the platform has none. */
export function resultJson(answer: Extract<Answer, { kind: 'ended' }>): string | { type: ErrorType; message: string } {
  const { requestID, status, envelope } = answer;
  if (status === 'succeeded') return `{"code":0,"data":${dataJsonOf(envelope, requestID)},"error":{}}`;
  const error = (JSON.parse(envelope) as Envelope).error as EnvelopeError;
  if (ERRORS[error.type].http !== 200) return { type: error.type, message: error.message };
  return JSON.stringify({ code: 1, data: null, error: errorOf(error) });
}

/** A string that was called back has neither type nor stack, as in the original. */
function errorOf(error: EnvelopeError): { message: string; type?: string; stack?: string } {
  const { type, name, message, stack } = error;
  switch (type) {
    case 'FUNCTION_ERROR':
      return { message: messageWithCause(error), type: name, stack: stack && stackWithCauses(error) };
    case 'FUNCTION_TIMEOUT':
      return { message: `The call timed out. ${message}`, type: 'TimeoutError' };
    default:
      return { message, type };
  }
}

/** Two documents of the original differ on this answer; it satisfies both, and adds the id that neither has. */
function accepted(requestID: string): string {
  return JSON.stringify({ status: 'ok', code: 0, error: {}, data: { status: 'ok', job_id: requestID } });
}

function ok(requestID: string, body: string): DoorReply {
  return { status: 200, headers: jsonHeaders(requestID), body };
}

function refused(requestID: string, type: ErrorType, message: string): DoorReply {
  const status = NOT_SCHEDULED.has(type) ? 400 : ERRORS[type].http;
  const body = JSON.stringify({ status: 'error', error_msg: message });
  return { status, headers: jsonHeaders(requestID), body };
}
