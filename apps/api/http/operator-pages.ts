/**
 * `/metrics` and the API's description, which are made for operators: open to anybody, to who shows a key, or to nobody. They
 * are read by browsers and scrapers, so a key may come as Basic credentials too: its id as the user, its secret as the password.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { Refusal } from '@invoq/contract/refusal';
import type { Scope } from '../auth/caller';
import type { Callers } from '../auth/callers';
import { authorization } from './headers';
import type { ApiSettings, Exposure } from '../settings';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How a key may be shown, where it is not by a bearer alone: for `WWW-Authenticate`. */
    challenge?: string;
  }
}

/** What the metrics name is of all envs, so a key that reads one of them is not enough. */
const METRICS_SCOPE: Scope = 'admin';
/** Else a browser does not ask its user. */
const CHALLENGE = 'Basic realm="Invoq", charset="UTF-8", Bearer';
const DOCS = /^\/docs(?:$|[/-])/;

/** Before the routes are made: each of these gets a check of its own, and no other request pays for it. */
export function guardOperatorPages(
  fastify: FastifyInstance,
  { metrics, docs, keysFile }: Pick<ApiSettings, 'metrics' | 'docs' | 'keysFile'>,
  callers: Callers,
): void {
  const usual: Exposure = keysFile === undefined ? 'open' : 'key';
  fastify.addHook('onRoute', (route) => {
    const hooks = [route.onRequest ?? []].flat();
    if (route.url === '/metrics') {
      route.onRequest = [...hooks, gate(metrics ?? usual, callers, METRICS_SCOPE)];
      route.config = { ...route.config, hidden: metrics === 'off', challenge: CHALLENGE };
    } else if (DOCS.test(route.url)) {
      route.onRequest = [...hooks, gate(docs ?? usual, callers)];
      route.config = { ...route.config, challenge: CHALLENGE };
    }
  });
}

function gate(exposure: Exposure, callers: Callers, scope?: Scope): onRequestAsyncHookHandler {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (exposure === 'open') return;
    if (exposure === 'off') throw new Refusal('ROUTE_NOT_FOUND');
    const { headers, ip } = request;
    await callers.identify({ ip, bearer: authorization(headers, 'bearer') ?? basic(headers) }, scope);
    void reply.header('cache-control', 'private, no-store');
  };
}

/** `<id>.<secret>`, as a bearer has it. */
function basic(headers: FastifyRequest['headers']): string | undefined {
  const encoded = authorization(headers, 'basic');
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? text : `${text.slice(0, colon)}.${text.slice(colon + 1)}`;
}
