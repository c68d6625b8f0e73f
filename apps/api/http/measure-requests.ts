/** Counts and times each answered request, by the template of its route: paths that callers make up are no labels. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '@invoq/host/metrics';

/** Of requests for which there is no route. */
const NO_ROUTE = 'none';

/** Before the routes are made. */
export function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  const measure = (route: string, { method }: FastifyRequest, reply: FastifyReply): void =>
    metrics.answered(method, route, reply.statusCode, reply.elapsedTime);
  fastify.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    if (request.is404) measure(NO_ROUTE, request, reply);
    done();
  });
  // Each route knows its template: Fastify makes an object of thirteen fields to tell it.
  fastify.addHook('onRoute', (route) => {
    route.onResponse = [
      ...[route.onResponse ?? []].flat(),
      (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
        measure(route.url, request, reply);
        done();
      },
    ];
  });
}

/** The template, such as `/v1/invocations/:requestID`. */
export function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? NO_ROUTE;
}
