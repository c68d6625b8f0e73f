/**
 * CloudBase's SDK wire, `POST /admin` and `POST /web`: wx-server-sdk, @cloudbase/node-sdk, and @cloudbase/js-sdk in its
 * CLOUD_API mode. Every answer is HTTP 200, as the SDKs take any other status for a broken server.
 */
import { dataJsonOf } from '@invoq/contract/envelope';
import { invalid, type Refusal } from '@invoq/contract/refusal';
import type { Credentials } from '../../auth/caller';
import { mustBeJson } from '../../http/json-body';
import type { Answer, Call } from '../../invocations/call';
import type { Door } from '../door';
import type { DoorReply, DoorRequest, RequestHead } from '../../http/wire';
import { authorization, jsonHeaders, single } from '../../http/headers';
import type { AdminDto } from './admin.dto';
import { adminCode, type Failure, failureIn, failureOf, messageOf } from './codes';
import { sourceOf } from './source';
import { isTc3, readTc3, readTc3Head } from './tc3';

type AdminRequest = DoorRequest<AdminDto>;

/** Characters; the DTO says the same. */
const MAX_CREDENTIAL = 4_096;
const INVOKE = 'functions.invokeFunction';
const NOTHING_ELSE =
  'Only cloud functions are served here: openapi, database and storage of CloudBase are not. Call the vendor for them.';

export class CloudbaseDoor implements Door<AdminDto> {
  owns(_method: string, path: string): boolean {
    return path === '/admin' || path === '/web';
  }

  /** The env is in the body, and on `/web` the key. */
  credentials(head: RequestHead, now: number): Credentials {
    const { headers, ip, url } = head;
    if (isTc3(single(headers.authorization))) return { ip, signed: readTc3Head(head, now), bodySays: 'rest' };
    return { ip, bearer: authorization(headers, 'bearer'), bodySays: isWeb(url) ? 'all' : 'rest' };
  }

  credentialsWithBody(request: DoorRequest<unknown>): Credentials {
    const { body, headers, ip, url } = request;
    const env = textIn(body, 'envName') ?? textIn(body, 'env');
    if (isTc3(single(headers.authorization))) return { ip, env, signed: readTc3(request) };
    const bearer = authorization(headers, 'bearer') ?? (isWeb(url) ? textIn(body, 'access_token') : undefined);
    return { ip, env, bearer };
  }

  call({ body, requestID, ip, headers }: AdminRequest): Call {
    if (body.action !== INVOKE) throw invalid('action', `must be "${INVOKE}". ${NOTHING_ELSE.slice(0, -1)}`);
    if (!body.function_name) throw invalid('function_name', 'must be the name of a function');
    const data = body.request_data || '{}';
    mustBeJson(data, 'request_data');
    return {
      requestID,
      function: body.function_name,
      data,
      sync: true,
      onTimeout: 'fail',
      traceparent: single(headers.traceparent),
      tracestate: single(headers.tracestate),
      origin: { eventType: 'sdk', ip, userAgent: single(headers['user-agent']), source: sourceOf(headers) },
    };
  }

  reply(answer: Answer): DoorReply {
    const { requestID } = answer;
    // This wire has no async call, so there is always an end.
    if (answer.kind === 'accepted') return failed(requestID, { type: 'INTERNAL', message: 'The call has no end yet.' });
    if (answer.status !== 'succeeded') return failed(requestID, failureIn(answer.envelope));
    // Always a string: the node-sdk would take an object too, the js-sdk would not.
    const data = { response_data: dataJsonOf(answer.envelope, requestID) };
    return { status: 200, headers: jsonHeaders(requestID), body: JSON.stringify({ requestId: requestID, data }) };
  }

  refuse(refusal: Refusal, request: DoorRequest<unknown>): DoorReply {
    const failure = failureOf(refusal);
    // What sends no JSON here is `cloud.openapi` and its like.
    if (failure.type === 'UNSUPPORTED_MEDIA_TYPE') failure.message = NOTHING_ELSE;
    const reply = failed(refusal.requestID ?? request.requestID, failure);
    if (refusal.retryAfterS !== undefined) reply.headers['retry-after'] = String(refusal.retryAfterS);
    return reply;
  }
}

function isWeb(url: string): boolean {
  return url.startsWith('/web');
}

/** Of a body that was not checked yet. */
function textIn(body: unknown, field: keyof AdminDto): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, field)) return undefined;
  const text: unknown = Reflect.get(body, field);
  return typeof text === 'string' && text !== '' && text.length <= MAX_CREDENTIAL ? text : undefined;
}

function failed(requestID: string, failure: Failure): DoorReply {
  const body = JSON.stringify({ code: adminCode(failure), message: messageOf(failure), requestId: requestID });
  return { status: 200, headers: jsonHeaders(requestID), body };
}
