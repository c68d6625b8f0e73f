/** What the API's description says of the routes of large fields, which are no controller's. */
import { ERRORS, type ErrorType } from '@invoq/contract/errors';
import { failureOf, type Schema, successOf } from '../openapi/envelopes';

const BYTES = { '*/*': { schema: { type: 'string', format: 'binary' } } };
const KEPT: Schema = successOf({
  type: 'object',
  required: ['url', 'bytes', 'expiresAt'],
  properties: {
    url: { type: 'string', format: 'uri' },
    bytes: { type: 'integer' },
    expiresAt: { type: 'string', format: 'date-time' },
  },
});
const json = (schema: Schema): object => ({ 'application/json': { schema } });
const LINK = '`data`: `url` (good until `expiresAt`), `bytes`, `expiresAt`.';

export const BLOB_PATHS = {
  '/v1/blobs': {
    post: {
      tags: ['native'],
      operationId: 'uploadBlob',
      summary: 'Keeps a large field of a call to come, and answers the address from which the function downloads it.',
      security: [{ bearer: [] }],
      requestBody: { required: true, description: 'Any bytes; their Content-Type is kept.', content: BYTES },
      responses: {
        201: { description: LINK, content: json(KEPT) },
        ...refusals(
          ['UNAUTHENTICATED', 'FORBIDDEN', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'RATE_LIMITED', 'STORE_FULL'],
          ['STORE_UNAVAILABLE', 'OVERLOADED'],
        ),
      },
    },
  },
  '/v1/blobs/{id}': {
    get: {
      tags: ['native'],
      operationId: 'downloadBlob',
      summary: 'Gives what was uploaded, or a large result, to whoever has its signed address. One range is honoured.',
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
        {
          name: 'expires',
          in: 'query',
          required: true,
          schema: { type: 'integer' },
          description: 'ms since the epoch.',
        },
        { name: 'signature', in: 'query', required: true, schema: { type: 'string' } },
        { name: 'Range', in: 'header', required: false, schema: { type: 'string' } },
      ],
      responses: {
        200: { description: 'All of it, with the Content-Type that it was uploaded with.', content: BYTES },
        206: { description: 'The range.', content: BYTES },
        416: { description: 'The range is beyond the end.' },
        ...refusals(['FORBIDDEN', 'ROUTE_NOT_FOUND', 'STORE_UNAVAILABLE']),
      },
    },
  },
};

function refusals(...types: ErrorType[][]): Record<string, { description: string; content: object }> {
  const statuses = [...new Set(types.flat().map((type) => ERRORS[type].http))];
  return Object.fromEntries(
    statuses.map((status) => {
      const ofStatus = types.flat().filter((type) => ERRORS[type].http === status);
      const description = ofStatus.map((type) => `\`${type}\`: ${ERRORS[type].meaning}`).join('\n\n');
      return [status, { description, content: json(failureOf(ofStatus)) }];
    }),
  );
}
