/** The API's description at `/docs` (for people) and `/docs-json` (for programs). */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { BLOB_PATHS } from './blobs/blob.docs';

export function serveOpenApi(app: NestFastifyApplication): void {
  const config = new DocumentBuilder()
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
  SwaggerModule.setup('docs', app, () => {
    const document = SwaggerModule.createDocument(app, config);
    return { ...document, paths: { ...document.paths, ...(BLOB_PATHS as typeof document.paths) } };
  });
}
