/** What the API's description says of each native route, beside what its controller says already. */
import { applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { ErrorType } from '@invoq/contract/errors';
import { EVERYWHERE, enveloped, refusals } from '../../openapi/answers-with';
import { CALL_ANSWER } from '../../openapi/envelopes';
import {
  AcceptedDto,
  BatchAnswerDto,
  CancelledDto,
  FunctionsDto,
  InvocationDto,
  LookupAnswerDto,
  PageDto,
} from '../../invocations/answer.dto';
import { DeliveriesDto } from './deliveries.dto';

const OF_A_READ: ErrorType[] = [...EVERYWHERE, 'INVALID_REQUEST', 'INVOCATION_NOT_FOUND'];
const OF_A_CALL: ErrorType[] = [
  ...EVERYWHERE, 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND', 'CANCELLED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE',
  'IDEMPOTENCY_KEY_REUSED', 'RATE_LIMITED', 'QUEUE_FULL', 'WORKER_LOST', 'STORE_FULL', 'OVERLOADED', 'NO_WORKER', 'PAUSED', 'EXPIRED',
]; // prettier-ignore

const OF_A_BATCH: ErrorType[] = [
  ...EVERYWHERE, 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'OVERLOADED',
]; // prettier-ignore

const ETAG = {
  ETag: {
    description:
      'Says the same while nothing has changed but times so far. Missing where an address stands for the result.',
    schema: { type: 'string' as const },
  },
};

const NOT_MODIFIED = ApiResponse({ status: 304, description: 'As the answer with the `ETag` in `If-None-Match`.' });

const ACCEPTED =
  'Accepted: `data.status`; `data.unservedSince` when no living worker serves the function. Read on at `Location`.';

/** Of what holds a place while it lasts. */
const OF_A_SHARE: ErrorType[] = ['RATE_LIMITED', 'OVERLOADED'];

export const NativeDocs = (): ClassDecorator =>
  applyDecorators(
    ApiTags('native'),
    ApiBearerAuth(),
    ApiExtraModels(
      AcceptedDto,
      CancelledDto,
      InvocationDto,
      LookupAnswerDto,
      BatchAnswerDto,
      PageDto,
      FunctionsDto,
      DeliveriesDto,
    ),
  );

export const InvokeDocs = (): MethodDecorator =>
  applyDecorators(
    ApiParam({ name: 'name', description: 'Name of the function.' }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Same key and same request within 24 h: the same requestID and answer, one run. A call that ended as EXPIRED frees its key.',
    }),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description:
        '`respond-async`, or `wait=<seconds>` (RFC 7240), with `timeoutMs` as the limit of the run; `result=url`: an address ' +
        'of a large result.',
    }),
    ApiHeader({ name: 'traceparent', required: false, description: 'W3C trace context; goes on in log and function.' }),
    ApiHeader({
      name: 'X-Invoq-Log-Tail',
      required: false,
      description: 'So many lines (1 to 100) of what was printed come with the answer, in `X-Invoq-Log-Result`.',
    }),
    ApiOkResponse({
      schema: CALL_ANSWER,
      description: 'The function has ended. `code` 0: it returned. 1 to 5: it failed by its own doing.',
      headers: {
        'X-Function-Error': { description: 'The error type, when the code is not 0.', schema: { type: 'string' } },
        'X-Invoq-Log-Result': { description: 'Base64 of the last log lines (ndjson).', schema: { type: 'string' } },
      },
    }),
    ApiResponse({ status: 202, schema: enveloped(AcceptedDto), description: ACCEPTED }),
    refusals(OF_A_CALL),
  );

export const BatchDocs = (): MethodDecorator =>
  applyDecorators(
    ApiParam({ name: 'name', description: 'Name of the function.' }),
    ApiHeader({ name: 'traceparent', required: false, description: 'W3C trace context, for all of the calls.' }),
    ApiOkResponse({
      schema: enveloped(BatchAnswerDto),
      description:
        'The batch was read. Each item has the envelope that a call of its own would have got, in their order.',
    }),
    refusals(OF_A_BATCH),
  );

export const FindDocs = (): MethodDecorator =>
  applyDecorators(ApiOkResponse({ schema: enveloped(PageDto) }), refusals([...EVERYWHERE, 'INVALID_REQUEST']));

export const ReadDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    wait(),
    prefer('`result=url`: an address of a large result. `wait=<seconds>`: as `wait`.'),
    ifNoneMatch(),
    ApiOkResponse({ schema: enveloped(InvocationDto), headers: ETAG }),
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
    ApiResponse({ status: 202, schema: enveloped(AcceptedDto), description: 'There is no end yet: `data.status`.' }),
    NOT_MODIFIED,
    refusals([...OF_A_READ, ...OF_A_SHARE, 'CANCELLED', 'WORKER_LOST', 'EXPIRED']),
  );

export const LookupDocs = (): MethodDecorator =>
  applyDecorators(
    ApiOkResponse({
      schema: enveloped(LookupAnswerDto),
      description: 'With `wait`: those that have ended, as soon as there is any; none when the time is over.',
    }),
    refusals([...EVERYWHERE, ...OF_A_SHARE, 'INVALID_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']),
  );

export const CancelDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    ApiOkResponse({ schema: enveloped(CancelledDto), description: 'It is cancelled.' }),
    ApiResponse({ status: 202, schema: enveloped(AcceptedDto), description: 'It runs, and was told to stop.' }),
    refusals([...OF_A_READ, 'ALREADY_ENDED']),
  );

export const EventsDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    prefer('`result=url`: an address of a large result.'),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'Of the last event that was heard: goes on behind it.',
    }),
    ApiOkResponse({
      content: { 'text/event-stream': { schema: { type: 'string' } } },
      description: 'Events `status`, `progress`, `log`, and at last `end` with the envelope.',
    }),
    ApiResponse({ status: 204, description: 'By `Last-Event-ID` the end was heard.' }),
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

export const DeliveriesDocs = (): MethodDecorator =>
  applyDecorators(requestID(), ApiOkResponse({ schema: enveloped(DeliveriesDto) }), refusals(OF_A_READ));

export const ResendDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    ApiResponse({ status: 202, schema: enveloped(DeliveriesDto), description: 'It is on its way again.' }),
    refusals([...OF_A_READ, 'NOTHING_TO_DELIVER']),
  );

export const ListDocs = (): MethodDecorator =>
  applyDecorators(ApiOkResponse({ schema: enveloped(FunctionsDto) }), refusals(EVERYWHERE));

function requestID(): MethodDecorator {
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
