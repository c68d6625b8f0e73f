/** The API's description at `/docs` (for people) and `/docs-json` (for programs): OpenAPI 3.1. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { BLOB_PATHS } from '../blobs/blob.docs';
import { publicUrl } from '../http/public-url';
import { completed } from './completed';
import { namedSchemas, type Schema } from './envelopes';
import { operationId } from './operation-ids';

/** `configured`: INVOQ_PUBLIC_URL. */
export function serveOpenApi(app: NestFastifyApplication, configured: string | undefined): void {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Invoq')
    .setDescription(
      'Call named functions over a queue, sync or async. Every answer is the envelope `{code, data, error, requestID}`. ' +
        'An address refuses methods that it does not take with 405 `METHOD_NOT_ALLOWED`, and names the others in `Allow`.',
    )
    .setVersion('1')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: '`<id>.<secret>` of a key. Not needed without a keys file.',
    })
    .build();
  SwaggerModule.setup('docs', app, () => described(app, config), {
    patchDocumentOnRequest: (request, _response, document) => ({
      ...document,
      servers: [{ url: publicUrl(configured, request as FastifyRequest) }],
    }),
  });
}

function described(app: NestFastifyApplication, config: Omit<OpenAPIObject, 'paths'>): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationId });
  const all = { ...document.paths, ...(BLOB_PATHS as unknown as OpenAPIObject['paths']) };
  const paths = inOrder(all);
  const schemas = { ...document.components?.schemas, ...namedSchemas() };
  const whole = completed({ ...document, paths, components: { ...document.components, schemas } });
  whole.components!.schemas = inOrder({ ...whole.components!.schemas, ...answerSchemas() });
  return whole;
}

/** By name, whatever module a part is of. */
function inOrder<T>(parts: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Made of the types of the answers by the build, beside this file: scripts/answer-schemas.mjs. */
function answerSchemas(): Record<string, Schema> {
  return JSON.parse(readFileSync(join(__dirname, 'answer-schemas.json'), 'utf8')) as Record<string, Schema>;
}
