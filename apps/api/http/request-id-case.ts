/** requestIDs in paths are read in either case: some clients write UUIDs in upper case, and RFC 9562 (section 4) lets them. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { writtenAsOurs } from '@invoq/contract/invocation';

const NAME = 'requestID';

/** Before any route is registered. Costs the routes that have a requestID, and no others. */
export function readRequestIDsInEitherCase(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (!route.url.split('/').includes(`:${NAME}`)) return;
    const before = route.onRequest === undefined ? [] : [route.onRequest].flat();
    route.onRequest = [
      ...before,
      (request: FastifyRequest, _reply, done) => {
        const params = request.params as Record<string, string>;
        params[NAME] = writtenAsOurs(params[NAME]);
        done();
      },
    ] as typeof route.onRequest;
  });
}
