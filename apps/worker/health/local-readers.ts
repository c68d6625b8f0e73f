/**
 * Who may read what on a worker's port. Anybody learns from the probes whether it lives; what its metrics name is for this
 * machine alone, unless INVOQ_METRICS says otherwise. A page in a browser here is not this machine: see the policy.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import { keepEveryField } from '@invoq/host/every-field';
import { approachOf, foreignPart, type LocalAccess } from '@invoq/policy/local-access';
import type { Exposure } from '../settings';

const PROBES = new Set(['/livez', '/readyz']);
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;
const THIS_MACHINE: LocalAccess = { names: new Set(), origins: new Set() };

/** Before the routes are made. */
export function serveLocalReadersOnly(fastify: FastifyInstance, metrics: Exposure | undefined): void {
  keepEveryField(fastify.server);
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    const refusal = PROBES.has(request.routeOptions.url ?? '') ? undefined : refusalOf(request, metrics);
    if (!refusal) return done();
    const { type, message } = refusal;
    void reply.status(refusal.http).send({ code: refusal.code, data: null, error: { type, message } });
  });
}

function refusalOf({ raw }: FastifyRequest, metrics: Exposure | undefined): Refusal | undefined {
  if (metrics === 'off') return new Refusal('ROUTE_NOT_FOUND');
  if (metrics === 'open') return undefined;
  if (!LOOPBACK.test(raw.socket.remoteAddress ?? '')) {
    return new Refusal(
      'FORBIDDEN',
      'Only the machine of the worker may read this. To open it to others, set INVOQ_METRICS=open on the worker.',
    );
  }
  const foreign = foreignPart(approachOf(raw), THIS_MACHINE);
  if (foreign === 'host') return new Refusal('MISDIRECTED_REQUEST', 'Host must be localhost or a loopback address.');
  return foreign && new Refusal('FORBIDDEN', 'A page of another site may not read this.');
}
