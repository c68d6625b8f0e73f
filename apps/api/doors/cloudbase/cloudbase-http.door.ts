/**
 * CloudBase's HTTP API, `POST /v1/functions/:name`, which is also the default way of @cloudbase/js-sdk: the body is the
 * event, the answer is the result.
 */
import { dataJsonOf } from '@invoq/contract/envelope';
import { ERRORS } from '@invoq/contract/errors';
import { type Refusal } from '@invoq/contract/refusal';
import type { Credentials } from '../../auth/caller';
import { jsonTextOf } from '../../http/json-body';
import type { Answer, Call } from '../../invocations/call';
import type { Door } from '../door';
import type { DoorReply, DoorRequest, RequestHead } from '../../http/wire';
import { authorization, jsonHeaders, single } from '../../http/headers';
import { type Failure, failureIn, failureOf, httpApiCode, messageOf } from './codes';
import { sourceOf } from './source';
import { isTc3, readTc3, readTc3Head } from './tc3';

type EventRequest = DoorRequest<unknown>;

/** Of a failure that is the function's own: the status that the vendor's page has for all of them. */
const FAILED = 400;

export class CloudbaseHttpDoor implements Door<unknown> {
  owns(method: string, path: string): boolean {
    return method === 'POST' && /^\/v1\/functions\/[^/]+$/.test(path);
  }

  /** The env is in the host's name at the vendor; here it is asked for by `X-Invoq-Env`, or is the key's first. */
  credentials(head: RequestHead, now: number): Credentials {
    const { headers, ip } = head;
    const env = single(headers['x-invoq-env']);
    if (isTc3(single(headers.authorization))) return { ip, env, signed: readTc3Head(head, now), bodySays: 'rest' };
    return { ip, env, bearer: authorization(headers, 'bearer') };
  }

  /** A signature is over the body, too. */
  credentialsWithBody(request: EventRequest): Credentials {
    return { ip: request.ip, env: single(request.headers['x-invoq-env']), signed: readTc3(request) };
  }

  call({ requestID, params, body, headers, ip }: EventRequest): Call {
    return {
      requestID,
      function: params.name ?? '',
      data: jsonTextOf(body ?? {}),
      sync: true,
      onTimeout: 'fail',
      traceparent: single(headers.traceparent),
      tracestate: single(headers.tracestate),
      origin: { eventType: 'api_gateway', ip, userAgent: single(headers['user-agent']), source: sourceOf(headers) },
    };
  }

  reply(answer: Answer): DoorReply {
    const { requestID } = answer;
    // This wire has no async call, so there is always an end.
    if (answer.kind === 'accepted') return failed(requestID, { type: 'INTERNAL', message: 'The call has no end yet.' });
    if (answer.status !== 'succeeded') return failed(requestID, failureIn(answer.envelope));
    return { status: 200, headers: jsonHeaders(requestID), body: dataJsonOf(answer.envelope, requestID) };
  }

  refuse(refusal: Refusal, request: EventRequest): DoorReply {
    const reply = failed(refusal.requestID ?? request.requestID, failureOf(refusal));
    if (refusal.retryAfterS !== undefined) reply.headers['retry-after'] = String(refusal.retryAfterS);
    return reply;
  }
}

function failed(requestID: string, failure: Failure): DoorReply {
  const { http } = ERRORS[failure.type];
  const body = JSON.stringify({ code: httpApiCode(failure), message: messageOf(failure), requestId: requestID });
  const headers = jsonHeaders(requestID);
  if (http === 200) headers['x-function-error'] = failure.type;
  return { status: http === 200 ? FAILED : http, headers, body };
}
