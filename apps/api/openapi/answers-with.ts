/** What the API's description says of a route's answers: its data in the envelope, and its refusals from the table of errors. */
import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import type { Answers } from '@invoq/contract/answers';
import { ERRORS, type ErrorType } from '@invoq/contract/errors';
import { failureOf, refTo, successOf } from './envelopes';

/** What the description calls an answer; `BatchAnswerDto` is made of envelopes, as `envelopes.ts` describes. */
export type AnswerName = keyof Answers | 'BatchAnswerDto';

/** Any route that requires a scope can refuse for one of these. */
export const EVERYWHERE: ErrorType[] = ['UNAUTHENTICATED', 'FORBIDDEN', 'STORE_UNAVAILABLE', 'INTERNAL'];

/** Also on accepted calls that come under a rate. */
const OF_A_LIMIT = {
  'Retry-After': {
    description: 'Seconds after which the call may be sent again.',
    schema: { type: 'integer' as const },
  },
  'RateLimit-Policy': {
    description: '`"<name>";q=<calls>;w=<seconds>` for each limit.',
    schema: { type: 'string' as const },
  },
  RateLimit: {
    description: '`"<name>";r=<what remains>;t=<seconds until it is whole>`.',
    schema: { type: 'string' as const },
  },
};

/** Of a route that answers 200 with this as the envelope's `data`, or is refused for one of these reasons. */
export const AnswersWith = (data: AnswerName, ...refused: ErrorType[]): MethodDecorator =>
  applyDecorators(ApiOkResponse({ schema: enveloped(data) }), refusals([...EVERYWHERE, ...refused]));

/** The same, of a route that answers 202. */
export const AcceptsWith = (data: AnswerName, ...refused: ErrorType[]): MethodDecorator =>
  applyDecorators(
    ApiResponse({ status: 202, schema: enveloped(data), description: '' }),
    refusals([...EVERYWHERE, ...refused]),
  );

/** One response for each HTTP status, naming the types that it can carry, with the table's own words. */
export function refusals(types: ErrorType[]): MethodDecorator {
  const statuses = [...new Set(types.map((type) => ERRORS[type].http))].sort();
  return applyDecorators(
    ...statuses.map((status) => {
      const lines = types
        .filter((type) => ERRORS[type].http === status)
        .map((type) => `\`${type}\`: ${ERRORS[type].meaning}`);
      return ApiResponse({
        status,
        schema: failureOf(types.filter((type) => ERRORS[type].http === status)),
        description: lines.join('\n\n'),
        headers: status === 429 ? OF_A_LIMIT : undefined,
      });
    }),
  );
}

/** The envelope around such data, as a schema. */
export function enveloped(data: AnswerName): object {
  return successOf(refTo(data));
}
