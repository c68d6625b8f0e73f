/** What the API's description says of reads of invocations, beside what their controllers say already. */
import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ErrorType } from '@invoq/contract/errors';
import { EVERYWHERE, enveloped, refusals } from '../openapi/answers-with';
import { CALL_ANSWER } from '../openapi/envelopes';

export const OF_A_READ: ErrorType[] = [...EVERYWHERE, 'INVALID_REQUEST', 'INVOCATION_NOT_FOUND'];
/** Of what holds a place while it lasts. */
const OF_A_SHARE: ErrorType[] = ['RATE_LIMITED', 'OVERLOADED'];

const ETAG = {
  ETag: {
    description:
      'Says the same while nothing has changed but times so far. Missing where an address stands for the result.',
    schema: { type: 'string' as const },
  },
};

const NOT_MODIFIED = ApiResponse({ status: 304, description: 'As the answer with the `ETag` in `If-None-Match`.' });

export const InvocationsDocs = (): ClassDecorator => applyDecorators(ApiTags('native'), ApiBearerAuth());

export const FindDocs = (): MethodDecorator =>
  applyDecorators(ApiOkResponse({ schema: enveloped('PageDto') }), refusals([...EVERYWHERE, 'INVALID_REQUEST']));

export const ReadDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    wait(),
    prefer('`result=url`: an address of a large result. `wait=<seconds>`: as `wait`.'),
    ifNoneMatch(),
    ApiOkResponse({ schema: enveloped('InvocationDto'), headers: ETAG }),
    NOT_MODIFIED,
    refusals([...OF_A_READ, ...OF_A_SHARE]),
  );

export const ResultDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    wait(),
    prefer('`result=url`: an address of a large result. `wait=<seconds>`: as `wait`.'),
    ifNoneMatch(),
    ApiOkResponse({
      schema: CALL_ANSWER,
      description: 'The very bytes that a sync call got or would have got.',
      headers: ETAG,
    }),
    ApiResponse({ status: 202, schema: enveloped('AcceptedDto'), description: 'There is no end yet: `data.status`.' }),
    NOT_MODIFIED,
    refusals([...OF_A_READ, ...OF_A_SHARE, 'CANCELLED', 'WORKER_LOST', 'EXPIRED']),
  );

export const LookupDocs = (): MethodDecorator =>
  applyDecorators(
    ApiOkResponse({
      schema: enveloped('LookupAnswerDto'),
      description: 'With `wait`: those that have ended, as soon as there is any; none when the time is over.',
    }),
    refusals([...EVERYWHERE, ...OF_A_SHARE, 'INVALID_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']),
  );

export const CancelDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    ApiOkResponse({ schema: enveloped('CancelledDto'), description: 'It is cancelled.' }),
    ApiResponse({ status: 202, schema: enveloped('AcceptedDto'), description: 'It runs, and was asked to stop.' }),
    refusals([...OF_A_READ, 'ALREADY_ENDED']),
  );

export const EventsDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    prefer('`result=url`: an address of a large result.'),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'Of the last event received: goes on behind it.',
    }),
    ApiOkResponse({
      content: { 'text/event-stream': { schema: { type: 'string' } } },
      description: 'Events `status`, `progress`, `log`, and at last `end` with the envelope.',
    }),
    ApiResponse({ status: 204, description: 'The end was received, as `Last-Event-ID` says.' }),
    refusals([...OF_A_READ, ...OF_A_SHARE]),
  );

export const LogsDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    ApiQuery({
      name: 'follow',
      required: false,
      schema: { type: 'boolean' },
      description: 'Also what is printed from now on.',
    }),
    ApiQuery({
      name: 'from',
      required: false,
      schema: { type: 'integer', minimum: 0 },
      description: 'As many bytes of whole lines are there already: goes on behind them.',
    }),
    ApiOkResponse({ content: { 'application/x-ndjson': { schema: { type: 'string' } } } }),
    refusals([...OF_A_READ, ...OF_A_SHARE]),
  );

export function requestID(): MethodDecorator {
  return ApiParam({ name: 'requestID', schema: { type: 'string', format: 'uuid' } });
}

function wait(): MethodDecorator {
  return ApiQuery({
    name: 'wait',
    required: false,
    schema: { type: 'integer', minimum: 0 },
    description: 'Seconds that the answer may be held for the end; 20 at most.',
  });
}

function prefer(description: string): MethodDecorator {
  return ApiHeader({ name: 'Prefer', required: false, description });
}

function ifNoneMatch(): MethodDecorator {
  return ApiHeader({ name: 'If-None-Match', required: false, description: 'The `ETag` of an answer that you have.' });
}
