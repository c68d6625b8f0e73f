/** What the API's description says of deliveries. */
import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import { OF_A_READ, requestID } from '../invocations/invocations.docs';
import { enveloped, refusals } from '../openapi/answers-with';

export const DeliveriesDocs = (): MethodDecorator =>
  applyDecorators(requestID(), ApiOkResponse({ schema: enveloped('DeliveriesDto') }), refusals(OF_A_READ));

export const ResendDocs = (): MethodDecorator =>
  applyDecorators(
    requestID(),
    ApiResponse({ status: 202, schema: enveloped('DeliveriesDto'), description: 'It is on its way again.' }),
    refusals([...OF_A_READ, 'NOTHING_TO_DELIVER']),
  );
