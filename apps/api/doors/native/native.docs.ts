/** What the API's description says of calls on the native wire, beside what its controller says already. */
import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOkResponse, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ErrorType } from '@invoq/contract/errors';
import { EVERYWHERE, enveloped, refusals } from '../../openapi/answers-with';
import { CALL_ANSWER } from '../../openapi/envelopes';
import { InvokeDto } from './invoke.dto';

const OF_A_CALL: ErrorType[] = [
  ...EVERYWHERE, 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND', 'CANCELLED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE',
  'IDEMPOTENCY_KEY_REUSED', 'RATE_LIMITED', 'QUEUE_FULL', 'WORKER_LOST', 'STORE_FULL', 'OVERLOADED', 'NO_WORKER', 'PAUSED', 'EXPIRED',
]; // prettier-ignore

const OF_A_BATCH: ErrorType[] = [
  ...EVERYWHERE, 'INVALID_REQUEST', 'FUNCTION_NOT_FOUND', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'OVERLOADED',
]; // prettier-ignore

const ACCEPTED =
  'Accepted: `data.status`; `data.unservedSince` when no living worker serves the function. Read on at `Location`.';

export const NativeDocs = (): ClassDecorator => applyDecorators(ApiTags('native'), ApiBearerAuth());

export const InvokeDocs = (): MethodDecorator =>
  applyDecorators(
    ApiParam({ name: 'name', description: 'Name of the function.' }),
    ApiBody({ type: InvokeDto }),
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
    ApiResponse({ status: 202, schema: enveloped('AcceptedDto'), description: ACCEPTED }),
    refusals(OF_A_CALL),
  );

export const BatchDocs = (): MethodDecorator =>
  applyDecorators(
    ApiParam({ name: 'name', description: 'Name of the function.' }),
    ApiHeader({ name: 'traceparent', required: false, description: 'W3C trace context, for all of the calls.' }),
    ApiOkResponse({
      schema: enveloped('BatchAnswerDto'),
      description:
        'The batch was read. Each item has the envelope that a call of its own would have got, in their order.',
    }),
    refusals(OF_A_BATCH),
  );
