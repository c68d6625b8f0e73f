/** Counts and times each answered request, by the template of its route: paths that callers make up are no labels. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '@invoq/host/metrics';

/** Of requests for which there is no route. */
const NO_ROUTE = 'none';

/** Before the routes are made. */
export function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    metrics.answered(request.method, routeOf(request), reply.statusCode, reply.elapsedTime);
    done();
  });
}

/** The template, such as `/v1/invocations/:requestID`. */
export function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? NO_ROUTE;
}
