/**
 * Without keys only programs on this machine may call, and no page of a browser on it. This looks at names and origins before
 * anything else sees a request. With keys there is no such check: a page cannot send a key that it does not have, and a
 * browser adds none.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import { approachOf, foreignPart, isPlain, type LocalAccess } from '@invoq/policy/local-access';
import type { ApiSettings } from '../settings';
import { endAfterAnswer } from '../auth/caller.guard';

/** Probes come by the address of a pod, and learn nothing but that somebody is there. */
const PROBES = new Set(['/livez', '/readyz']);

/** First of all hooks: before a body is read, a route found fit, or a preflight answered. */
export function serveLocalCallersOnly(
  fastify: FastifyInstance,
  settings: Pick<ApiSettings, 'publicUrl' | 'corsOrigins' | 'trustProxy' | 'bodyLimitBytes'>,
): void {
  const access = localAccess(settings);
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    if (settings.trustProxy === undefined && isPlain(request.raw, access)) return done();
    // `host` is that of a trusted proxy, where there is one.
    const forwardedHost = settings.trustProxy === undefined ? undefined : request.host;
    const foreign = foreignPart(approachOf(request.raw, forwardedHost), access);
    if (foreign === undefined || PROBES.has(request.routeOptions.url ?? '')) return done();
    endAfterAnswer(request, reply, settings.bodyLimitBytes);
    done(refusalOf(foreign));
  });
}

export function localAccess({ publicUrl, corsOrigins }: Pick<ApiSettings, 'publicUrl' | 'corsOrigins'>): LocalAccess {
  const own = publicUrl === undefined ? [] : [new URL(publicUrl)];
  return {
    names: new Set(own.map(({ hostname }) => hostname)),
    origins: new Set([...corsOrigins.map((origin) => origin.toLowerCase()), ...own.map(({ origin }) => origin)]),
  };
}

function refusalOf(foreign: 'host' | 'origin'): Refusal {
  if (foreign === 'host') {
    const rule = 'must be localhost, a loopback address, or the host of INVOQ_PUBLIC_URL, as long as there are no keys';
    return new Refusal('MISDIRECTED_REQUEST', `Host ${rule}.`, { fields: [{ field: 'Host', rule }] });
  }
  const rule = 'must be the own one, or one of INVOQ_CORS_ORIGINS, as long as there are no keys';
  return new Refusal('FORBIDDEN', `Origin ${rule}: a page of another site may not call.`, {
    fields: [{ field: 'Origin', rule }],
  });
}
